//! Citations in comments and pages are valid: files, pages, their sections and numbered facts.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use harness::template::{root, text};

/// The first parts of paths of the repository.
const ROOTS: [&str; 7] =
    ["functions/", "infra/", "shared/", "tests/", ".cargo/", ".ci/", ".config/"];
/// Created by a build or an installation.
const MADE: [&str; 4] = ["target", ".tools", "node_modules", ".git"];
/// This file, whose examples are not valid paths.
const SELF: &str = "tests/contract/citations.rs";

/// Every text file of the project with one of these endings.
pub(crate) fn files(endings: &[&str]) -> Vec<PathBuf> {
    fn collect(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !MADE.contains(&name) {
                    collect(&path, endings, found);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(root(), endings, &mut found);
    found.retain(|path| shown(path) != SELF);
    found.sort();
    found
}

pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// The comments of a source file: continued lines are joined, an empty line separates blocks.
fn comments(source: &str, mark: &str) -> String {
    let mut text = String::new();
    for line in source.lines() {
        match line.split_once(mark) {
            Some((_, comment)) => {
                text.push_str(comment.trim_start_matches(['/', '!']).trim());
                text.push(' ');
            }
            None => text.push_str("\n\n"),
        }
    }
    text
}

/// A page without its code blocks.
fn prose(page: &str) -> String {
    let (mut kept, mut code) = (String::new(), false);
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
            continue;
        }
        if !code {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The prose of a file.
fn read(path: &Path) -> String {
    let content = std::fs::read_to_string(path).unwrap();
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => comments(&content, "//"),
        Some("md") => prose(&content),
        _ => comments(&content, "#"),
    }
}

/// `a/{b,c}.rs` as `a/b.rs` and `a/c.rs`.
fn expanded(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let Some((choices, after)) = rest.split_once('}') else { return Vec::new() };
    choices.split(',').map(|choice| format!("{before}{choice}{after}")).collect()
}

/// The paths of the repository that a text cites in backticks. Patterns are no paths, and the
/// text of a link is checked by its target.
fn cited(text: &str) -> BTreeSet<String> {
    let is_path = |code: &&str| {
        let rooted = ROOTS.iter().any(|root| code.starts_with(root));
        let pattern = code.contains(['*', '<', '$', '…', ' ', '(']) || code.contains("::");
        (rooted || code.ends_with(".md")) && !pattern
    };
    text.split("\n\n").flat_map(code_in).filter(is_path).flat_map(expanded).collect()
}

/// The code spans of a paragraph, except for the texts of links.
fn code_in(paragraph: &str) -> Vec<&str> {
    let parts: Vec<&str> = paragraph.split('`').collect();
    let code = parts.iter().enumerate().skip(1).step_by(2);
    code.filter(|(at, _)| parts.get(at + 1).is_none_or(|next| !next.starts_with("](")))
        .map(|(_, code)| *code)
        .collect()
}

/// The targets of a page's links within the repository.
fn links(page: &str) -> Vec<String> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| !target.contains("://") && !target.starts_with('#'))
        .map(|target| target.split('#').next().unwrap_or_default().to_owned())
        .collect()
}

/// Whether a path exists, relative to the root or to the folder of the page that cites it.
fn exists(path: &str, citing: &Path) -> bool {
    let page = citing.extension().is_some_and(|extension| extension == "md");
    root().join(path).exists() || (page && citing.parent().unwrap().join(path).exists())
}

#[test]
fn every_path_that_a_comment_or_a_page_cites_exists() {
    let mut missing = Vec::new();
    let mut found = 0;
    for file in files(&[".rs", ".md", ".yaml", ".toml"]) {
        let paths = cited(&read(&file));
        found += paths.len();
        let absent = paths.into_iter().filter(|path| !exists(path, &file));
        missing.extend(absent.map(|path| format!("{}: {path}", shown(&file))));
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(found > 50, "{found}");
}

#[test]
fn every_link_of_a_page_leads_to_a_file() {
    let mut broken = Vec::new();
    for page in files(&[".md"]) {
        let folder = page.parent().unwrap();
        let prose = prose(&std::fs::read_to_string(&page).unwrap());
        let absent = links(&prose).into_iter().filter(|target| !folder.join(target).exists());
        broken.extend(absent.map(|target| format!("{}: {target}", shown(&page))));
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The sections and facts that a text cites: `` `page.md`, *Section* `` and `` `page.md`, fact 7 ``.
fn cited_parts(text: &str) -> Vec<(String, String)> {
    let mut parts = Vec::new();
    for (at, _) in text.match_indices(".md`, ") {
        let page = text[..at].rsplit('`').next().unwrap();
        let rest = &text[at + ".md`, ".len()..];
        let part = if let Some(rest) = rest.strip_prefix('*') {
            rest.split('*').next().map(str::to_owned)
        } else {
            let numbered = rest.strip_prefix("facts ").or_else(|| rest.strip_prefix("fact "));
            numbered.and_then(|rest| {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                (!digits.is_empty()).then(|| format!("{digits}. "))
            })
        };
        parts.extend(part.map(|part| (format!("{page}.md"), part)));
    }
    parts
}

/// Whether a page has a section, a labelled paragraph or a numbered fact.
fn has(page: &str, part: &str) -> bool {
    let label = part.trim_end_matches('.');
    page.lines().any(|line| {
        let heading = line.trim_start_matches('#');
        (heading.len() < line.len() && heading.trim_start().starts_with(label))
            || line.trim_start_matches(['*', ' ']).starts_with(part)
    })
}

#[test]
fn every_section_and_fact_that_a_comment_cites_is_in_its_page() {
    let mut missing = Vec::new();
    let mut found = 0;
    for file in files(&[".rs"]) {
        for (page, part) in cited_parts(&read(&file)) {
            found += 1;
            if !has(&text(&page), &part) {
                missing.push(format!("{}: {page}, {part}", shown(&file)));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(found > 30, "{found}");
}

#[test]
fn every_decision_is_in_the_index_under_its_title() {
    let folder = "infra/decisions";
    let index = text(&format!("{folder}/README.md"));
    for file in files(&[".md"]) {
        let path = shown(&file);
        let Some(name) = path.strip_prefix("infra/decisions/").filter(|name| *name != "README.md")
        else {
            continue;
        };
        let title = text(&path).lines().next().unwrap().trim_start_matches("# ").to_owned();
        assert!(index.contains(&format!("* [{title}]({name})")), "{name}: {title}");
        let number: u32 = name[..4].parse().unwrap();
        assert!(title.starts_with(&format!("{number}. ")), "{name}: {title}");
    }
}

#[test]
fn citations_are_found_in_the_text() {
    let source = "//! A rule (`infra/docs/x.md`, *How it\n//! goes*): `shared/a.rs`, `shared/*`.\n";
    let comment = comments(source, "//");
    let paths = ["infra/docs/x.md", "shared/a.rs"].map(str::to_owned);
    assert_eq!(cited(&comment), BTreeSet::from(paths));
    let part = ("infra/docs/x.md".to_owned(), "How it goes".to_owned());
    assert_eq!(cited_parts(&comment), [part]);
    assert_eq!(cited_parts("`p.md`, fact 7: x"), [("p.md".to_owned(), "7. ".to_owned())]);
    assert!(has("## How it goes\n", "How it goes") && has("7. **M** x\n", "7. "));
    assert_eq!(expanded("a/{b,c}.rs"), ["a/b.rs", "a/c.rs"]);
    assert_eq!(links("[a](b.md#c) [d](https://e)"), ["b.md"]);
    assert_eq!(prose("a\n```\nb\n```\n## c\n"), "a\n## c\n");
}
