//! One spelling of identifiers, whatever widths and spaces they are typed with.

/// Without spaces and invisible characters, with half-width digits, letters, brackets, slashes and dashes.
pub(crate) fn narrow(text: &str) -> String {
    text.chars().filter(|c| !is_blank(*c)).map(half_width).collect()
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}')
}

fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).expect("full-width forms mirror ASCII"),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' => '-',
        '\u{2044}' | '\u{2215}' => '/',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_and_spaces_do_not_matter() {
        assert_eq!(narrow("\u{feff}Ａ１ ／（－）\u{3000}—号\u{200b}〔〕"), "A1/(-)-号〔〕");
    }
}
