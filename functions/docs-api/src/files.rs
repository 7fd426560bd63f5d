use api::{ApiRequest, ApiResponse, Problem, StatusCode, header};

/// A file that is served as it was built.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Last segment of its path.
    pub name: &'static str,
    /// Its media type.
    pub media: &'static str,
    /// Hash of its content, in quotation marks.
    pub etag: &'static str,
    /// Its content, by gzip.
    pub gzip: &'static [u8],
}

/// What the build script has written.
mod built {
    use super::File;

    include!(concat!(env!("OUT_DIR"), "/files.rs"));
}

pub(crate) use built::{ASSETS, INDEX};

/// The guides, by the last segment of their paths.
pub static GUIDES: &[File] = built::GUIDES;
/// The pages of the APIs, by the last segment of their paths.
pub static REFERENCES: &[File] = built::REFERENCES;
/// The OpenAPI documents, by their file names.
pub static DOCUMENTS: &[File] = built::DOCUMENTS;

/// The file of this name.
///
/// # Errors
/// 404: there is none.
pub(crate) fn find(files: &'static [File], name: &str) -> Result<&'static File, Problem> {
    files.iter().find(|file| file.name == name).ok_or(Problem::UnknownPath)
}

impl File {
    /// The response: the file, or 304 for a reader that has it.
    ///
    /// # Errors
    /// 412: `If-Match` names another content.
    pub(crate) fn respond(
        &'static self,
        request: &ApiRequest,
        cache: &str,
    ) -> Result<ApiResponse, Problem> {
        request.check_conditions(self.etag)?;
        let response = match request.seen(self.etag) {
            Some(seen) => ApiResponse::empty(StatusCode::NOT_MODIFIED)
                .header(header::VARY, "Accept-Encoding")
                .header(header::ETAG, seen),
            None => ApiResponse::gzipped(StatusCode::OK, self.media, self.gzip)
                .header(header::ETAG, self.etag),
        };
        Ok(response.header(header::CACHE_CONTROL, cache))
    }
}
