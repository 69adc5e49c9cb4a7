//! A double as decimal digits, the fifteen that Excel keeps, without a sign:
//! rounded on paper, halves up, as people do.

#[derive(Debug)]
pub(super) struct Decimal {
    /// Without zeros in front or at the end.
    digits: Vec<u8>,
    /// How many of them stand before the point; less than none: zeros behind it.
    point: i32,
}

impl Decimal {
    pub(super) fn of(number: f64) -> Self {
        let text = format!("{:.14e}", number.abs());
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let digits = digits.bytes().filter(u8::is_ascii_digit);
        let mut decimal = Self {
            digits: digits.map(|digit| digit - b'0').collect(),
            point: exponent.parse::<i32>().unwrap_or(0) + 1,
        };
        decimal.trim();
        decimal
    }

    fn trim(&mut self) {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros);
        self.point -= i32::try_from(zeros).unwrap_or(0);
        if self.digits.is_empty() {
            self.point = 0;
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Times ten to this.
    pub(super) fn shift(&mut self, by: i32) {
        if !self.is_zero() {
            self.point += by;
        }
    }

    /// The power of ten that leaves one to `most` digits before the point, a
    /// multiple of `most`.
    pub(super) fn exponent(&self, most: i32) -> i32 {
        if self.is_zero() {
            return 0;
        }
        (self.point - 1).div_euclid(most) * most
    }

    pub(super) fn round(&mut self, decimals: i32) {
        let kept = self.point.saturating_add(decimals);
        let Ok(kept) = usize::try_from(kept) else {
            self.digits.clear();
            self.point = 0;
            return;
        };
        if kept >= self.digits.len() {
            return;
        }
        let up = self.digits.get(kept).is_some_and(|digit| *digit >= 5);
        self.digits.truncate(kept);
        if up {
            self.carry();
        }
        self.trim();
    }

    fn carry(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        self.digits.insert(0, 1);
        self.point += 1;
    }

    /// Digits before the point; none where there is only a fraction.
    pub(super) fn integer(&self) -> Vec<u8> {
        let length = usize::try_from(self.point).unwrap_or(0);
        let mut digits: Vec<u8> = self.digits.iter().copied().take(length).collect();
        digits.resize(length, 0);
        digits
    }

    /// Digits behind the point, without zeros at the end.
    pub(super) fn fraction(&self) -> Vec<u8> {
        let zeros = usize::try_from(-self.point).unwrap_or(0);
        let before = usize::try_from(self.point).unwrap_or(0);
        let behind = self.digits.iter().copied().skip(before);
        std::iter::repeat_n(0, if self.is_zero() { 0 } else { zeros })
            .chain(behind)
            .collect()
    }

    /// Plain digits where they are few, else with a power of ten.
    pub(super) fn general(&self) -> String {
        if !(-9..=15).contains(&self.point) {
            let mantissa = Self {
                digits: self.digits.clone(),
                point: 1,
            };
            return format!("{}E{:+03}", mantissa.general(), self.point - 1);
        }
        let text = |digits: Vec<u8>| -> String {
            digits
                .into_iter()
                .map(|digit| char::from(b'0' + digit))
                .collect()
        };
        let (integer, fraction) = (text(self.integer()), text(self.fraction()));
        let integer = if integer.is_empty() { "0" } else { &integer };
        if fraction.is_empty() {
            integer.to_owned()
        } else {
            format!("{integer}.{fraction}")
        }
    }
}
