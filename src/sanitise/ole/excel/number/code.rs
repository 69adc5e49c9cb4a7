//! A number format taken apart (ECMA-376 part 1, 18.8.31): up to four
//! sections, each a row of literals, places for digits, and parts of a date.

use super::decimal::Decimal;

/// Longer codes than Excel writes are cut: what follows is decoration.
pub(super) const LONGEST: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Literal(String),
    /// `0`, `#` or `?`.
    Digit(char),
    Point,
    Percent,
    /// `E+` or `E-`: whether a plus is shown.
    Exponent(bool),
    /// `/` between places: shown as a plain number instead.
    Fraction,
    /// `General`, `@`.
    General,
    /// `y m d h s a g e` and how often.
    Date(char, usize),
    /// `[h]`, `[m]`, `[s]`: hours, minutes, seconds that do not start anew.
    Elapsed(char),
    /// `AM/PM`, `A/P`, `午前/午後`.
    Half(&'static str, &'static str),
}

#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) tokens: Vec<Token>,
    condition: Option<Condition>,
    /// Places before and behind the point.
    pub(super) integers: i32,
    pub(super) decimals: i32,
    pub(super) percents: i32,
    /// Commas at the end, each a thousandth.
    pub(super) scales: i32,
    thousands: bool,
    /// Whether hours are counted to twelve.
    pub(super) halves: bool,
    /// From which places on a zero follows before an exponent.
    zero_follows: Vec<bool>,
}

#[derive(Clone, Copy, Debug)]
struct Condition {
    less: bool,
    equal: bool,
    greater: bool,
    than: f64,
}

pub(super) struct Code {
    sections: Vec<Section>,
}

impl Code {
    pub(super) fn parse(code: &str) -> Self {
        let code: Vec<char> = code.chars().take(LONGEST).collect();
        let mut sections = vec![Section::default()];
        let mut rest = code.as_slice();
        while let Some((sign, after)) = rest.split_first() {
            if *sign == ';' {
                sections.push(Section::default());
                rest = after;
            } else if let Some(section) = sections.last_mut() {
                rest = section.take(rest);
            } else {
                break;
            }
        }
        for section in &mut sections {
            section.settle();
        }
        sections.truncate(3);
        Self { sections }
    }

    /// The section for a number, and what of it is shown there: a section for
    /// negative numbers has its own sign.
    pub(super) fn chosen(&self, number: f64) -> Option<(&Section, f64)> {
        if self
            .sections
            .iter()
            .any(|section| section.condition.is_some())
        {
            let holds = |section: &&Section| section.condition.is_none_or(|c| c.holds(number));
            return self
                .sections
                .iter()
                .find(holds)
                .map(|section| (section, number));
        }
        let index = match self.sections.len() {
            1 => 0,
            2 => usize::from(number < 0.0),
            _ if number < 0.0 => 1,
            _ if number == 0.0 => 2,
            _ => 0,
        };
        let shown = if index == 1 { number.abs() } else { number };
        self.sections.get(index).map(|section| (section, shown))
    }
}

impl Condition {
    fn parse(words: &str) -> Option<Self> {
        let number = words.trim_start_matches(['<', '>', '=']);
        let sign = words.strip_suffix(number).filter(|sign| !sign.is_empty())?;
        Some(Self {
            less: sign.contains('<'),
            equal: sign.contains('='),
            greater: sign.contains('>'),
            than: number.trim().parse().ok()?,
        })
    }

    fn holds(self, number: f64) -> bool {
        (self.less && number < self.than)
            || (self.greater && number > self.than)
            || (self.equal && number == self.than)
    }
}

impl Section {
    /// Takes the next token off `rest`.
    fn take<'a>(&mut self, rest: &'a [char]) -> &'a [char] {
        let (first, after) = match rest.split_first() {
            Some((first, after)) => (*first, after),
            None => return rest,
        };
        let starts = |words: &str| {
            words
                .chars()
                .zip(rest)
                .all(|(a, b)| a.eq_ignore_ascii_case(b))
                && rest.len() >= words.chars().count()
        };
        let behind = |count: usize| rest.get(count..).unwrap_or_default();
        for (words, token) in [
            ("General", Token::General),
            ("G/標準", Token::General),
            ("AM/PM", Token::Half("AM", "PM")),
            ("A/P", Token::Half("A", "P")),
            ("午前/午後", Token::Half("午前", "午後")),
            ("E+", Token::Exponent(true)),
            ("E-", Token::Exponent(false)),
        ] {
            if starts(words) {
                self.tokens.push(token);
                return behind(words.chars().count());
            }
        }
        match first {
            '"' => {
                let length = after.iter().take_while(|c| **c != '"').count();
                self.literal(after.iter().take(length).collect());
                behind(length + 2)
            }
            '\\' | '!' => {
                self.literal(after.iter().take(1).collect());
                behind(2)
            }
            // A blank as wide as a sign, and a sign that fills the cell.
            '_' => {
                self.literal(" ".to_owned());
                behind(2)
            }
            '*' => behind(2),
            '[' => {
                let length = after.iter().take_while(|c| **c != ']').count();
                self.bracket(&after.iter().take(length).collect::<String>());
                behind(length + 2)
            }
            '0' | '#' | '?' => {
                self.tokens.push(Token::Digit(first));
                after
            }
            '.' => {
                self.tokens.push(Token::Point);
                after
            }
            ',' => {
                self.comma(after);
                after
            }
            '%' => {
                self.percents += 1;
                self.tokens.push(Token::Percent);
                after
            }
            '@' => {
                self.tokens.push(Token::General);
                after
            }
            '/' if matches!(self.tokens.last(), Some(Token::Digit(_))) => {
                self.tokens.push(Token::Fraction);
                after
            }
            c if "ymdhsageb".contains(c.to_ascii_lowercase()) => {
                let c = c.to_ascii_lowercase();
                let length = rest
                    .iter()
                    .take_while(|d| d.to_ascii_lowercase() == c)
                    .count();
                self.tokens.push(Token::Date(c, length));
                behind(length)
            }
            c => {
                self.literal(c.to_string());
                after
            }
        }
    }

    fn literal(&mut self, text: String) {
        if let Some(Token::Literal(last)) = self.tokens.last_mut() {
            last.push_str(&text);
        } else {
            self.tokens.push(Token::Literal(text));
        }
    }

    /// Between places it parts thousands, behind them it takes three away.
    fn comma(&mut self, after: &[char]) {
        let place = |c: &&char| matches!(c, '0' | '#' | '?');
        if matches!(self.tokens.last(), Some(Token::Digit(_))) {
            if after.iter().find(|c| **c != ',').filter(place).is_some() {
                self.thousands = true;
            } else {
                self.scales += 1;
            }
        } else {
            self.literal(",".to_owned());
        }
    }

    /// `[Red]`, `[$¥-411]`, `[h]`, `[>=100]`.
    fn bracket(&mut self, words: &str) {
        if let Some(currency) = words.strip_prefix('$') {
            let sign = currency.split('-').next().unwrap_or_default();
            self.literal(sign.to_owned());
        } else if let Some(condition) = Condition::parse(words) {
            self.condition = Some(condition);
        } else {
            let unit = words.chars().next().map(|c| c.to_ascii_lowercase());
            let alone = words.chars().all(|c| Some(c.to_ascii_lowercase()) == unit);
            if let Some(unit @ ('h' | 'm' | 's')) = unit.filter(|_| alone) {
                self.tokens.push(Token::Elapsed(unit));
            }
        }
    }

    /// Counts the places; what is no date has no letters of one.
    fn settle(&mut self) {
        let mut behind_point = false;
        for token in &self.tokens {
            match token {
                Token::Point => behind_point = true,
                Token::Exponent(_) => break,
                Token::Digit(_) if behind_point => self.decimals += 1,
                Token::Digit(_) => self.integers += 1,
                _ => {}
            }
        }
        // Looked up for each cell, so found once.
        self.halves = (self.tokens.iter()).any(|token| matches!(token, Token::Half(..)));
        let mut follows = false;
        for token in self.tokens.iter().rev() {
            follows = match token {
                Token::Exponent(_) => false,
                token => follows || *token == Token::Digit('0'),
            };
            self.zero_follows.push(follows);
        }
        self.zero_follows.reverse();
    }

    pub(super) fn is_date(&self) -> bool {
        let part = |token: &Token| matches!(token, Token::Date(..) | Token::Elapsed(_));
        self.tokens.iter().any(part)
    }

    pub(super) fn exponent(&self) -> Option<bool> {
        self.tokens.iter().find_map(|token| match token {
            Token::Exponent(plus) => Some(*plus),
            _ => None,
        })
    }

    /// The section with digits in its places.
    pub(super) fn filled(&self, value: &Decimal, exponent: i32) -> String {
        let (integer, fraction) = (value.integer(), value.fraction());
        let mut shown = String::new();
        let (mut before, mut behind) = (usize::try_from(self.integers).unwrap_or(0), 0);
        let mut tokens = self.tokens.iter().enumerate();
        let mut passed_point = false;
        while let Some((at, token)) = tokens.next() {
            match token {
                Token::Literal(text) => shown.push_str(text),
                Token::Percent => shown.push('%'),
                Token::Point => {
                    if before > 0 || self.integers == 0 {
                        self.surplus(&integer, before, &mut shown);
                    }
                    shown.push('.');
                    passed_point = true;
                }
                Token::Digit(kind) if passed_point => {
                    let digit = fraction.get(behind).copied();
                    let zero_follows = self.zero_follows.get(at) == Some(&true);
                    match digit {
                        Some(digit) => shown.push(char::from(b'0' + digit)),
                        None if *kind == '0' || zero_follows => shown.push('0'),
                        None => {}
                    }
                    behind += 1;
                }
                Token::Digit(kind) => {
                    if Some(before) == usize::try_from(self.integers).ok() {
                        self.surplus(&integer, before, &mut shown);
                    }
                    // Places behind an exponent are its own.
                    let Some(left) = before.checked_sub(1) else {
                        continue;
                    };
                    before = left;
                    self.place(*kind, &integer, before, &mut shown);
                }
                Token::Exponent(plus) => {
                    let places = tokens
                        .clone()
                        .take_while(|(_, t)| matches!(t, Token::Digit(_)));
                    let width = places.count();
                    let sign = match (exponent < 0, plus) {
                        (true, _) => "-",
                        (false, true) => "+",
                        (false, false) => "",
                    };
                    shown.push_str(&format!("E{sign}{:0width$}", exponent.abs()));
                    for _ in 0..width {
                        tokens.next();
                    }
                }
                Token::Fraction
                | Token::General
                | Token::Date(..)
                | Token::Elapsed(_)
                | Token::Half(..) => {}
            }
        }
        shown
    }

    /// Digits for which there is no place stand before the first one.
    fn surplus(&self, integer: &[u8], places: usize, shown: &mut String) {
        for index in (places..integer.len()).rev() {
            self.place('#', integer, index, shown);
        }
    }

    /// The digit `index` places before the point.
    fn place(&self, kind: char, integer: &[u8], index: usize, shown: &mut String) {
        let digit = integer
            .len()
            .checked_sub(index + 1)
            .and_then(|at| integer.get(at));
        match digit {
            Some(digit) => shown.push(char::from(b'0' + digit)),
            None if kind == '0' => shown.push('0'),
            None => return,
        }
        if self.thousands && index > 0 && index.is_multiple_of(3) {
            shown.push(',');
        }
    }
}
