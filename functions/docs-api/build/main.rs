//! Makes the pages: the guides from their Markdown, a page for each OpenAPI document, and the
//! assets, each compressed and with a hash. `src/files.rs` includes what this writes.

mod guides;
mod layout;
mod output;

use std::{env, fs, path::Path};

use layout::{Assets, Reference};
use output::{Asset, Output};

/// The OpenAPI documents, in the order of the navigation.
const DOCUMENTS: [&str; 7] =
    ["ecc", "carrier", "esim", "service-orders", "product-orders", "webhooks", "tokens"];
const HTML: &str = "text/html; charset=utf-8";

fn main() {
    let package = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let root = Path::new(&package).join("../..");
    let mut output = Output::new(&env::var("OUT_DIR").expect("cargo sets it"));

    let assets = assets(&mut output, &Path::new(&package).join("assets"));
    let references = references(&mut output, &root.join("infra/openapi"));
    let guides = guides::read(&root);
    let site = layout::Site { assets, guides: &guides, references: &references };

    let pages: Vec<_> =
        guides.iter().skip(1).map(|guide| (guide.name.clone(), site.guide(guide))).collect();
    output.single("INDEX", "docs", HTML, site.index().as_bytes());
    output.table("GUIDES", HTML, &pages);
    let pages: Vec<_> =
        references.iter().map(|one| (one.name.clone(), site.reference(one))).collect();
    output.table("REFERENCES", HTML, &pages);
    output.finish();
}

/// The files that pages load, under names that hold their hashes.
fn assets(output: &mut Output, folder: &Path) -> Assets {
    let asset = |path: &str, media| Asset::read(&folder.join(path), media);
    let all = [
        asset("site.css", "text/css; charset=utf-8"),
        asset("reference.js", "text/javascript; charset=utf-8"),
        asset("swagger-ui/swagger-ui.css", "text/css; charset=utf-8"),
        asset("swagger-ui/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
        asset("icon.svg", "image/svg+xml"),
    ];
    output.assets("ASSETS", &all);
    let [style, start, ui_style, ui, icon] = all.map(|asset| asset.name);
    Assets { style, start, ui_style, ui, icon }
}

/// The documents, each naming the deployment that serves it as its server.
fn references(output: &mut Output, folder: &Path) -> Vec<Reference> {
    let mut served = Vec::new();
    let mut references = Vec::new();
    for name in DOCUMENTS {
        let path = output::watched(&folder.join(format!("{name}.json")));
        let text = fs::read_to_string(&path).expect("an OpenAPI document");
        let mut document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        document["servers"] =
            serde_json::json!([{ "url": "/", "description": "This deployment." }]);
        let info = |member: &str| document["info"][member].as_str().unwrap_or_default().to_owned();
        references.push(Reference {
            name: name.to_owned(),
            title: info("title").trim_start_matches("Orderwire ").to_owned(),
            about: info("description"),
        });
        served.push((format!("{name}.json"), document.to_string()));
    }
    output.table("DOCUMENTS", "application/json", &served);
    references
}
