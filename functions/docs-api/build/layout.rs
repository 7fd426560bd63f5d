//! The frame of every page.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::guides::Guide;

/// The names of the assets.
pub(crate) struct Assets {
    pub(crate) style: String,
    pub(crate) start: String,
    pub(crate) ui_style: String,
    pub(crate) ui: String,
    pub(crate) icon: String,
}

/// An API and its page.
pub(crate) struct Reference {
    /// Last segment of its path.
    pub(crate) name: String,
    /// What it is called in the navigation.
    pub(crate) title: String,
    /// What its document says of it.
    pub(crate) about: String,
}

/// All that pages refer to.
pub(crate) struct Site<'a> {
    pub(crate) assets: Assets,
    pub(crate) guides: &'a [Guide],
    pub(crate) references: &'a [Reference],
}

fn asset(name: &str) -> String {
    format!("/docs/assets/{name}")
}

impl Site<'_> {
    /// `/docs`: the first guide, and the APIs.
    pub(crate) fn index(&self) -> String {
        let index = &self.guides[0];
        let body = html! {
            (PreEscaped(&index.body))
            h2 id="apis" { "APIs" }
            div.table tabindex="0" { table {
                thead { tr { th { "API" } th { "For" } th { "OpenAPI 3.1" } } }
                tbody { @for api in self.references {
                    tr {
                        td { a href=(format!("/docs/api/{}", api.name)) { (api.title) } }
                        td { (api.about) }
                        td { a href=(format!("/openapi/{}.json", api.name)) { (api.name) ".json" } }
                    }
                } }
            } }
        };
        self.page(&index.title, "/docs", &Markup::default(), &read(&body))
    }

    /// `/docs/{page}`
    pub(crate) fn guide(&self, guide: &Guide) -> String {
        let path = format!("/docs/{}", guide.name);
        let body = read(&PreEscaped(guide.body.clone()));
        self.page(&guide.title, &path, &Markup::default(), &body)
    }

    /// `/docs/api/{api}`
    pub(crate) fn reference(&self, api: &Reference) -> String {
        let path = format!("/docs/api/{}", api.name);
        let document = format!("/openapi/{}.json", api.name);
        let head = html! {
            link rel="stylesheet" href=(asset(&self.assets.ui_style));
            script src=(asset(&self.assets.ui)) defer {}
            script src=(asset(&self.assets.start)) defer {}
        };
        // The user interface brings the page's `main` with it.
        let body = html! { div id="content" {
            section.hint aria-label="How to try an operation" { p {
                "Authorize with the id and secret of a client, then “Try it out”: the request goes to \
                 this deployment. The document: " a href=(document) { (document) } "."
            } }
            div #reference data-document=(document) {
                noscript { p { "This page needs JavaScript. " a href=(document) { "The document" } "." } }
            }
        } };
        self.page(&api.title, &path, &head, &body)
    }

    fn page(&self, title: &str, path: &str, head: &Markup, body: &Markup) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) " · Orderwire" }
                    link rel="icon" href=(asset(&self.assets.icon));
                    link rel="stylesheet" href=(asset(&self.assets.style));
                    (head)
                }
                body {
                    a.skip href="#content" { "Skip to the content" }
                    header { a.brand href="/docs" { "Orderwire" } }
                    nav aria-label="Documentation" {
                        p { "Guides" }
                        ul { @for guide in self.guides {
                            (entry(&guide_path(&guide.name), &guide.title, path))
                        } }
                        p { "APIs" }
                        ul { @for api in self.references {
                            (entry(&format!("/docs/api/{}", api.name), &api.title, path))
                        } }
                    }
                    (body)
                }
            }
        };
        page.into_string()
    }
}

/// A page to read.
fn read(body: &Markup) -> Markup {
    html! { main id="content" { (body) } }
}

fn guide_path(name: &str) -> String {
    match name {
        "README" => "/docs".to_owned(),
        name => format!("/docs/{name}"),
    }
}

/// An entry of the navigation; the page that is shown is marked.
fn entry(path: &str, title: &str, current: &str) -> Markup {
    let here = (path == current).then_some("page");
    html! { li { a href=(path) aria-current=[here] { (title) } } }
}
