use api::{ApiRequest, ApiResponse, Problem, StatusCode, header};

use crate::{EsimOrdersApi, qr::QrCode};

impl EsimOrdersApi {
    /// `GET v1/order/{id}/qr`
    pub(crate) async fn get_qr_code(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let order = self.find(request).await?;
        let output = order.output().ok_or_else(|| {
            let info = format!("the order is {}, not COMPLETED", order.status);
            Problem::conflict("ORDER_NOT_COMPLETED", info)
        })?;
        // A top-up changes an eSIM that is installed already.
        let activation = output.activation.ok_or(Problem::NotFound)?;
        let code = QrCode::of(&activation.to_string()).map_err(Problem::internal)?;
        let answer = if wants_png(request.header("accept").unwrap_or_default()) {
            let png = code.png().map_err(Problem::internal)?;
            ApiResponse::bytes(StatusCode::OK, "image/png", png)
        } else {
            ApiResponse::bytes(StatusCode::OK, "image/svg+xml", code.svg())
        };
        Ok(answer.header(header::VARY, "Accept"))
    }
}

/// Whether an `Accept` header (RFC 9110, 12.5.1) prefers PNG to SVG. SVG is what everybody gets
/// who does not care.
fn wants_png(accept: &str) -> bool {
    preference(accept, "image/png") > preference(accept, "image/svg+xml")
}

/// The weight of a media type in thousandths: that of the most specific range that has it.
fn preference(accept: &str, media: &str) -> u16 {
    let ranges = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next()?.to_ascii_lowercase();
        let precision = match name.as_str() {
            name if name == media => 2,
            "image/*" => 1,
            "*/*" => 0,
            _ => return None,
        };
        let weight = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(Some(1.0), |q| q.parse::<f32>().ok())
            .unwrap_or(0.0);
        Some((precision, (weight.clamp(0.0, 1.0) * 1_000.0) as u16))
    });
    ranges.max_by_key(|(precision, _)| *precision).map_or(0, |(_, weight)| weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn svg_is_the_default_and_png_is_for_those_who_prefer_it() {
        for accept in
            ["", "*/*", "image/*", "image/svg+xml, image/png", "text/html", "image/png;q=0"]
        {
            assert!(!wants_png(accept), "{accept}");
        }
        for accept in
            ["image/png", "IMAGE/PNG", "image/png, */*;q=0.8", "image/svg+xml;q=0.5, image/png"]
        {
            assert!(wants_png(accept), "{accept}");
        }
    }
}
