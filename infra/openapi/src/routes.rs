//! The routes in the files that need them besides the code: the HTTP events of the template and
//! the router of `cargo lambda watch`. Each is written between two marker lines; the rest of the
//! files is written by hand.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::functions::{DEFAULT, HttpFunction, functions};

const TEMPLATE: &str = "infra/template.yaml";
const MANIFEST: &str = "Cargo.toml";
/// The last line of every generated part.
const END: &str = "# end of routes";

/// Writes the routes of every function to the template and the workspace's manifest, or only
/// compares them.
///
/// # Errors
/// A file cannot be read or written, has no marker lines for a function or those of an unknown
/// one, or `only_check` and the routes in it are not those of the code.
pub fn generate(root: &Path, only_check: bool) -> Result<()> {
    let functions = functions();
    let mut outdated = Vec::new();
    for (file, render) in [(TEMPLATE, template as Render), (MANIFEST, manifest)] {
        let path = root.join(file);
        let found = fs::read_to_string(&path).with_context(|| format!("cannot read {file}"))?;
        let wanted = render(&found, &functions).context(file)?;
        if wanted == found {
            continue;
        }
        if only_check {
            outdated.push(file);
        } else {
            fs::write(&path, wanted).with_context(|| format!("cannot write {file}"))?;
        }
    }
    if !outdated.is_empty() {
        bail!("not the routes of the code, run `cargo xtask routes`: {}", outdated.join(", "));
    }
    Ok(())
}

/// A file's text with the routes of the code in it.
type Render = fn(&str, &[HttpFunction]) -> Result<String>;

/// The template: the events of each function, behind the marker with its name.
fn template(text: &str, functions: &[HttpFunction]) -> Result<String> {
    let mut text = text.to_owned();
    for function in functions {
        let begin = format!("# routes of {}: ", function.package);
        text = replaced(&text, &begin, &events(function))?;
    }
    let places = text.lines().filter(|line| line.trim_start().starts_with("# routes of ")).count();
    if places != functions.len() {
        bail!("{places} places for the routes of {} functions", functions.len());
    }
    Ok(text)
}

/// The manifest: one line a path. A path without methods goes to its function whatever the method
/// is, so that a wrong one is answered 405 there.
fn manifest(text: &str, functions: &[HttpFunction]) -> Result<String> {
    let mut lines = String::new();
    for function in functions {
        // What `cargo lambda watch` has no route for it answers itself.
        let remainder = function.remainder.filter(|path| *path != DEFAULT);
        for path in paths(function).into_iter().chain(remainder) {
            let path = path.replace("{proxy+}", "{*proxy}");
            let _ = writeln!(lines, "\"{path}\" = \"{}\"", function.package);
        }
    }
    replaced(text, "# routes: ", &lines)
}

/// The text with `body` between the line that begins with `begin` and the next end marker.
fn replaced(text: &str, begin: &str, body: &str) -> Result<String> {
    let missing = || format!("no marker lines `{begin}…` and `{END}`");
    let marker = text.match_indices(begin).find(|(at, _)| {
        let line = text[..*at].rfind('\n').map_or(0, |newline| newline + 1);
        text[line..*at].trim().is_empty()
    });
    let (at, _) = marker.with_context(missing)?;
    let start = at + text[at..].find('\n').with_context(missing)? + 1;
    let end = start + text[start..].find(END).with_context(missing)?;
    // The end marker keeps its indentation.
    let end = text[..end].rfind('\n').map_or(end, |newline| newline + 1);
    Ok(format!("{}{body}{}", &text[..start], &text[end..]))
}

/// The distinct paths of a function, in the order of its table.
fn paths(function: &HttpFunction) -> Vec<&'static str> {
    let mut paths: Vec<&'static str> = Vec::new();
    for route in &function.routes {
        if !paths.contains(&route.path) {
            paths.push(route.path);
        }
    }
    paths
}

/// The events of a function: its routes; then, so that a method that a path does not have is
/// answered 405 in the API's own body, `ANY` on each of its paths, or on the greedy path it
/// answers the remainder of. The default route covers no path that another route has with a
/// parameter (`/{collection}`), so its function has `ANY` on each path as well.
fn events(function: &HttpFunction) -> String {
    let mut text = String::new();
    for route in &function.routes {
        event(&mut text, &pascal_case(route.id), route.method.as_str(), route.path);
    }
    if let Some(path) = function.remainder {
        event(&mut text, "NoSuchRoute", "ANY", path);
        if path != DEFAULT {
            return text;
        }
    }
    for path in paths(function) {
        let first = function.routes.iter().find(|route| route.path == path);
        let name = first.map(|route| pascal_case(route.id)).unwrap_or_default();
        event(&mut text, &format!("{name}OtherMethod"), "ANY", path);
    }
    text
}

fn event(text: &mut String, name: &str, method: &str, path: &str) {
    if path == DEFAULT {
        // Without method and path, an event is of the default route.
        let _ = write!(
            text,
            "        {name}:\n          Type: HttpApi\n          Properties: {{ ApiId: !Ref \
             HttpApi }}\n"
        );
        return;
    }
    // A brace opens a mapping in YAML unless it is quoted.
    let path = if path.contains('{') { format!("\"{path}\"") } else { path.to_owned() };
    let _ = write!(
        text,
        "        {name}:\n          Type: HttpApi\n          Properties: {{ ApiId: !Ref HttpApi, \
         Method: {method}, Path: {path} }}\n"
    );
}

/// `get_qr_code` as `GetQrCode`.
fn pascal_case(id: &str) -> String {
    id.split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKED: &str = "# routes: generated\nold\n  # end of routes\nrest\n";

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let text = format!("a # routes: no\n{MARKED}");
        let new = replaced(&text, "# routes: ", "new\n").unwrap();
        assert_eq!(new, "a # routes: no\n# routes: generated\nnew\n  # end of routes\nrest\n");
        assert_eq!(replaced(&new, "# routes: ", "new\n").unwrap(), new);
    }

    #[test]
    fn a_file_without_markers_is_refused() {
        assert!(replaced("rest\n", "# routes: ", "new\n").is_err());
        assert!(replaced("# routes: x\nrest\n", "# routes: ", "new\n").is_err());
        assert!(template("", &functions()).is_err());
    }

    #[test]
    fn markers_of_a_function_that_the_code_does_not_have_are_refused() {
        let functions = functions();
        let place = |name: &str| format!("        # routes of {name}: x\n        {END}\n");
        let mut text: String = functions.iter().map(|function| place(function.package)).collect();
        template(&text, &functions).unwrap();
        text.push_str(&place("gone-api"));
        assert!(template(&text, &functions).is_err());
    }

    #[test]
    fn a_check_fails_until_the_routes_are_written() {
        let root = tempfile::tempdir().unwrap();
        let names = functions().into_iter().map(|function| function.package);
        let text: String =
            names.map(|name| format!("        # routes of {name}: x\n        {END}\n")).collect();
        fs::create_dir(root.path().join("infra")).unwrap();
        fs::write(root.path().join(TEMPLATE), text).unwrap();
        fs::write(root.path().join(MANIFEST), MARKED).unwrap();
        assert!(generate(root.path(), true).is_err());
        generate(root.path(), false).unwrap();
        generate(root.path(), true).unwrap();
        let written = fs::read_to_string(root.path().join(TEMPLATE)).unwrap();
        assert!(written.contains("        GetEsimQrCode:\n          Type: HttpApi\n"));
        assert!(written.contains("Method: ANY, Path: \"/ecc/v1/{proxy+}\" }"));
        assert!(written.contains("Properties: { ApiId: !Ref HttpApi }\n"), "the default route");
        let manifest = fs::read_to_string(root.path().join(MANIFEST)).unwrap();
        assert!(manifest.contains("docs-api") && !manifest.contains(DEFAULT));
    }
}
