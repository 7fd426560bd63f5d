// Bundles each function into one file, and compiles the schemas of the documents before that.
// node build.mjs <folder of node_modules> <folder of infra/openapi> <target folder>

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [modules, documents, target] = process.argv.slice(2);
const from = createRequire(join(modules, "package.json"));
const Ajv = from("ajv/dist/2020").default;
const standalone = from("ajv/dist/standalone").default;
const esbuild = from("esbuild");
const here = dirname(fileURLToPath(import.meta.url));

/** A schema of a document with those that it refers to, as a module of its own. */
function compile(document, name, exported) {
  const { components } = JSON.parse(readFileSync(join(documents, `${document}.json`), "utf8"));
  const needed = {};
  const include = (value) => {
    if (value === null || typeof value !== "object") return;
    if (typeof value.$ref === "string") {
      const referred = value.$ref.split("/").at(-1);
      if (!(referred in needed)) {
        needed[referred] = components.schemas[referred];
        include(needed[referred]);
      }
    }
    Object.values(value).forEach(include);
  };
  const root = { $id: name, components: { schemas: needed }, $ref: `#/components/schemas/${name}` };
  include(root);
  const code = { source: true, lines: true };
  // A function for each schema that is referred to: put in, each would stand there many times.
  const ajv = new Ajv({ code, strict: false, allErrors: true, validateFormats: false, inlineRefs: false });
  ajv.addSchema(root);
  writeFileSync(join(target, `${exported}.js`), standalone(ajv, { [exported]: name }));
}

mkdirSync(target, { recursive: true });
compile("ecc", "ChangeSubscriptionRequest", "changeSubscription");
compile("carrier", "order", "order");

await esbuild.build({
  entryPoints: ["subscriptions-api", "carrier-orders-api"].map((name) => join(here, `${name}.mjs`)),
  outdir: target,
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  nodePaths: [modules],
  plugins: [{
    name: "compiled schemas",
    setup(build) {
      build.onResolve({ filter: /^schema:/ }, ({ path }) => ({
        path: join(target, `${path.slice("schema:".length)}.js`),
      }));
    },
  }],
});
