//! QR codes (ISO/IEC 18004) as pictures. Black on white, with the quiet zone of four modules.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder, qr::QRCodeError};
use png::{BitDepth, ColorType, Encoder, EncodingError};

/// Modules that are left white around the code.
const QUIET: usize = 4;
/// Pixels of a module in a PNG.
const SCALE: usize = 8;

/// The picture cannot be made.
#[derive(Debug)]
pub enum QrError {
    /// The text is too long for a QR code.
    Code(QRCodeError),
    /// The pixels cannot be written.
    Png(EncodingError),
}

impl std::fmt::Display for QrError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Code(_) => "the text does not fit a QR code",
            Self::Png(_) => "the picture cannot be written",
        })
    }
}

impl std::error::Error for QrError {}

/// A QR code.
#[derive(Debug, Clone)]
pub struct QrCode {
    /// Modules of a side.
    size: usize,
    /// Row by row, true is dark.
    dark: Vec<bool>,
}

impl QrCode {
    /// Of a text. A quarter of it may be unreadable (level Q is for prints that suffer; a screen
    /// needs no more than M).
    ///
    /// # Errors
    /// It is too long.
    pub fn of(text: &str) -> Result<Self, QrError> {
        let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(QrError::Code)?;
        let size = code.size;
        let dark = (0..size * size).map(|n| code[n / size][n % size].value()).collect();
        Ok(Self { size, dark })
    }

    fn is_dark(&self, row: usize, column: usize) -> bool {
        let inside = |place: usize| place.checked_sub(QUIET).filter(|place| *place < self.size);
        match (inside(row), inside(column)) {
            (Some(row), Some(column)) => self.dark[row * self.size + column],
            _ => false,
        }
    }

    /// Modules of a side, the quiet zone included.
    const fn side(&self) -> usize {
        self.size + 2 * QUIET
    }

    /// As an SVG document: one path, a rectangle for each run of dark modules of a row.
    pub fn svg(&self) -> String {
        let side = self.side();
        let mut path = String::new();
        for row in 0..side {
            let mut column = 0;
            while column < side {
                let run = (column..side).take_while(|column| self.is_dark(row, *column)).count();
                if run > 0 {
                    // Writing to a String does not fail.
                    let _ = write!(path, "M{column} {row}h{run}v1h-{run}z");
                }
                column += run.max(1);
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
             shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/>\
             <path d=\"{path}\"/></svg>"
        )
    }

    /// As a PNG of one bit a pixel.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn png(&self) -> Result<Vec<u8>, QrError> {
        let pixels = self.side() * SCALE;
        let row_bytes = pixels.div_ceil(8);
        let mut image = Vec::with_capacity(row_bytes * pixels);
        for y in 0..pixels {
            let mut row = vec![0xFF_u8; row_bytes];
            for x in (0..pixels).filter(|x| self.is_dark(y / SCALE, x / SCALE)) {
                row[x / 8] &= !(0x80 >> (x % 8));
            }
            image.extend(row);
        }
        let side = u32::try_from(pixels).unwrap_or(u32::MAX);
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, side, side);
        encoder.set_color(ColorType::Grayscale);
        encoder.set_depth(BitDepth::One);
        let mut writer = encoder.write_header().map_err(QrError::Png)?;
        writer.write_image_data(&image).map_err(QrError::Png)?;
        writer.finish().map_err(QrError::Png)?;
        Ok(file)
    }
}
