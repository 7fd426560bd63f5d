//! The guides: Markdown to HTML.

use std::{fs, path::Path};

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::output::watched;

/// The index and the guides, in the order of the navigation. `CHANGELOG.md` is the last page.
const GUIDES: [&str; 10] = [
    "README",
    "getting-started",
    "idempotency",
    "errors",
    "webhooks",
    "long-polling",
    "paging",
    "console",
    "sandbox",
    "scenarios",
];
/// Where the guides are.
const FOLDER: &str = "infra/docs/guides";
/// Where the OpenAPI documents are, from there.
const DOCUMENTS: &str = "../../openapi/";
/// The folder of program files that a guide shows whole.
const SHOWN: &str = "webhook-verifiers/";

/// A page.
pub(crate) struct Guide {
    /// Last segment of its path; of the index, `README`.
    pub(crate) name: String,
    /// Its first heading.
    pub(crate) title: String,
    /// Its HTML.
    pub(crate) body: String,
}

/// The index first, then every guide, then the changelog.
pub(crate) fn read(root: &Path) -> Vec<Guide> {
    let folder = watched(&root.join(FOLDER));
    let found = fs::read_dir(&folder).expect("the guides").flatten();
    let found = found.filter(|entry| entry.path().extension().is_some_and(|e| e == "md")).count();
    assert_eq!(found, GUIDES.len(), "{FOLDER} and the list of guides differ");
    let mut guides: Vec<Guide> = GUIDES
        .iter()
        .map(|name| guide(name, &read_text(&folder.join(format!("{name}.md"))), &folder))
        .collect();
    guides.push(guide("changelog", &read_text(&root.join("CHANGELOG.md")), &folder));
    guides
}

fn read_text(path: &Path) -> String {
    let text = fs::read_to_string(watched(path));
    text.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn guide(name: &str, markdown: &str, folder: &Path) -> Guide {
    let markdown = with_files(markdown, folder);
    let mut events = linked(Parser::new_ext(&markdown, Options::ENABLE_TABLES));
    let title = name_headings(&mut events);
    let mut body = String::new();
    html::push_html(&mut body, events.into_iter());
    // What is wide scrolls by itself, also by the keyboard: the page does not.
    let body = body.replace("<pre>", "<pre tabindex=\"0\">");
    let body = body.replace("<table>", "<div class=\"table\" tabindex=\"0\"><table>");
    let body = body.replace("</table>", "</table></div>");
    Guide { name: name.to_owned(), title, body }
}

/// A line that is only a link to a program file is followed by the file.
fn with_files(markdown: &str, folder: &Path) -> String {
    let mut text = String::new();
    for line in markdown.lines() {
        let file = line.strip_prefix('[').and_then(|line| line.strip_suffix(')'));
        let file = file.and_then(|line| line.split_once("](")).map(|(_, path)| path);
        match file.filter(|path| path.starts_with(SHOWN)) {
            Some(path) => {
                let language = path.rsplit('.').next().unwrap_or_default();
                let content = read_text(&folder.join(path));
                let name = path.trim_start_matches(SHOWN);
                text.push_str(&format!("`{name}`\n\n```{language}\n{content}```\n"));
            }
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// Links between guides lead to their pages, and those to an OpenAPI document to the page of its API.
/// Links to other files of the repository, which the
/// reader of a page does not have, are only text.
fn linked(events: Parser<'_>) -> Vec<Event<'_>> {
    let mut dropped = false;
    let mut kept = Vec::new();
    for event in events {
        match event {
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => match target(&dest_url) {
                Some(dest_url) => {
                    kept.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
                }
                None => dropped = true,
            },
            // A link holds no other link.
            Event::End(TagEnd::Link) if dropped => dropped = false,
            other => kept.push(other),
        }
    }
    kept
}

/// Where a link leads on a page; none when its file is on no page.
fn target(url: &str) -> Option<CowStr<'static>> {
    let (path, fragment) = url.split_once('#').unwrap_or((url, ""));
    let fragment = if fragment.is_empty() { String::new() } else { format!("#{fragment}") };
    let api = path.strip_prefix(DOCUMENTS).and_then(|name| name.strip_suffix(".json"));
    if let Some(name) = api {
        return Some(format!("/docs/api/{name}").into());
    }
    let page = match path.strip_suffix(".md").filter(|name| GUIDES.contains(name)) {
        Some("README") => format!("/docs{fragment}"),
        Some(name) => format!("/docs/{name}{fragment}"),
        None if path.is_empty() || path.starts_with('/') || path.contains("://") => url.to_owned(),
        None => return None,
    };
    Some(page.into())
}

/// Gives every heading an id, and says what the first one is.
fn name_headings(events: &mut [Event<'_>]) -> String {
    let mut title = String::new();
    let mut start = None;
    for at in 0..events.len() {
        match &events[at] {
            Event::Start(Tag::Heading { .. }) => start = Some(at),
            Event::End(TagEnd::Heading(level)) => {
                let Some(start) = start.take() else { continue };
                let text: String = events[start..at].iter().filter_map(text_of).collect();
                if *level == HeadingLevel::H1 && title.is_empty() {
                    title.clone_from(&text);
                }
                if let Event::Start(Tag::Heading { id, .. }) = &mut events[start] {
                    *id = Some(slug(&text).into());
                }
            }
            _ => {}
        }
    }
    title
}

fn text_of<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    match event {
        Event::Text(text) | Event::Code(text) => Some(text),
        _ => None,
    }
}

/// As GitHub names headings.
fn slug(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}
