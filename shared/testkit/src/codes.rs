//! Decoding of QR codes.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

/// A bitmap: rows of pixels, true is dark.
pub type Picture = Vec<Vec<bool>>;

/// The content of the only code in a bitmap.
///
/// # Panics
/// The bitmap does not contain exactly one valid code.
pub fn decoded(picture: &Picture) -> String {
    let (width, height) = (picture[0].len(), picture.len());
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        if picture[y][x] { 0 } else { 255 }
    });
    let [grid] = &prepared.detect_grids()[..] else { panic!("not one code") };
    grid.decode().unwrap().1
}

/// Renders an SVG path of dark runs, `M<x> <y>h<width>v1h-<width>z`, at four pixels per module.
///
/// # Panics
/// The path has another form.
pub fn drawn(svg: &str) -> Picture {
    let (_, rest) = svg.split_once("viewBox=\"0 0 ").unwrap();
    let side: usize = rest.split_once(' ').unwrap().0.parse().unwrap();
    let path = svg.rsplit_once("d=\"").unwrap().1.split_once('"').unwrap().0;
    let mut picture = vec![vec![false; side * 4]; side * 4];
    for run in path.split('M').skip(1) {
        let (x, rest) = run.split_once(' ').unwrap();
        let (y, rest) = rest.split_once('h').unwrap();
        let width = rest.split_once('v').unwrap().0;
        let [x, y, width] = [x, y, width].map(|n| n.parse::<usize>().unwrap() * 4);
        for row in &mut picture[y..y + 4] {
            row[x..x + width].fill(true);
        }
    }
    picture
}

/// The pixels of a PNG.
///
/// # Panics
/// Not a PNG, or not one bit per pixel.
pub fn unpacked(file: &[u8]) -> Picture {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Grayscale, png::BitDepth::One));
    let width = info.width as usize;
    let row = |row: &[u8]| (0..width).map(|x| row[x / 8] & (0x80 >> (x % 8)) == 0).collect();
    pixels.chunks(info.line_size).map(row).collect()
}
