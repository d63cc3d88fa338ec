//! The labels of one sample as they were read: borrowed from the line, or from the reader where they had escapes.

/// A stretch of the line, or of the text that escapes were taken out of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) unescaped: bool,
}

/// Names and values in the order of the text.
#[derive(Clone, Copy, Debug)]
pub struct LabelView<'r> {
    pub(super) line: &'r str,
    pub(super) scratch: &'r str,
    pub(super) pieces: &'r [(Piece, Piece)],
}

impl<'r> LabelView<'r> {
    /// Name and value of each; none twice.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'r str, &'r str)> + Clone + use<'r> {
        let (line, scratch) = (self.line, self.scratch);
        self.pieces.iter().map(move |(name, value)| (text(line, scratch, *name), text(line, scratch, *value)))
    }

    /// The value of `name`, if the sample has it.
    pub fn get(&self, name: &str) -> Option<&'r str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}

pub(super) fn text<'r>(line: &'r str, scratch: &'r str, piece: Piece) -> &'r str {
    let from = if piece.unescaped { scratch } else { line };
    from.get(piece.start as usize..piece.end as usize).unwrap_or_default()
}
