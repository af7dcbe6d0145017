//! The document as PDF: laid out by our own few rules (`flow`, `grid`), measured with the fonts
//! that it embeds (`face`), and written by krilla (`writer`). It has no time of its own.

mod face;
mod flow;
mod grid;
mod writer;

pub use writer::{PdfError, pdf};
