//! The words of a PDF as text, in the order in which its pages draw them:
//! what writing programs mean by reading order. Lines break where the next
//! word stands on another line, vertical ones from right to left as drawn, also
//! where they are made of signs set one under the other.
//!
//! Absent on purpose: guessing of columns and tables; nothing is sorted.

use std::collections::HashMap;

use hayro::kurbo::{Point, Vec2};
use unicode_normalization::UnicodeNormalization as _;
use unicode_width::UnicodeWidthChar as _;

use super::text::{Glyph, Run};
use crate::sanitise::{Refusal, Report, text};

/// The text of all pages, an empty line between them. A PDF without words (a
/// scan) is refused: an empty text would be a lie about it.
pub(super) fn written(pages: &[Vec<Run>], report: &mut Report) -> Result<Vec<u8>, Refusal> {
    let pages: Vec<String> = pages.iter().map(|runs| page(runs)).collect();
    let whole = pages.join("\n");
    if whole.trim().is_empty() {
        return Err(Refusal::Unsupported);
    }
    Ok(text::written(&text::reduce(&whole, report)))
}

fn page(runs: &[Run]) -> String {
    let mut words = String::new();
    let mut before: Option<Pen> = None;
    let mut standing = Standing::default();
    for run in runs {
        for glyph in &run.glyphs {
            if standing.again(glyph, run.size) {
                continue;
            }
            let start = Pen::at(run, glyph);
            if let Some(end) = &before {
                words.push_str(end.gap(&start, words.chars().next_back(), &glyph.text));
            }
            words.push_str(&glyph.text);
            before = Some(start.moved(run, glyph));
        }
    }
    words.push('\n');
    words
}

/// What stands on the page already, by squares of it: bold, shadows and
/// outlines are made by drawing a character again at nearly its place.
#[derive(Default)]
struct Standing<'r> {
    squares: HashMap<(i64, i64), Vec<&'r Glyph>>,
}

/// Side of a square, in points.
const SQUARE: f64 = 4.0;
/// Copies of one square that are looked through.
const MOST_IN_SQUARE: usize = 64;

impl<'r> Standing<'r> {
    /// Whether `glyph` says again what stands there; if not, it stands now.
    fn again(&mut self, glyph: &'r Glyph, size: f64) -> bool {
        let near = (0.15 * size).min(SQUARE);
        let square = |length: f64| (length / SQUARE).floor() as i64;
        let (column, row) = (square(glyph.x), square(glyph.y));
        let around = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (column + dx, row + dy)));
        let known = around
            .filter_map(|place| self.squares.get(&place))
            .flatten()
            .any(|other| {
                (other.x - glyph.x).abs() + (other.y - glyph.y).abs() < near
                    && other.text.nfkc().eq(glyph.text.nfkc())
            });
        let square = self.squares.entry((column, row)).or_default();
        if !known && square.len() < MOST_IN_SQUARE {
            square.push(glyph);
        }
        known
    }
}

/// Where writing stands, and which way it goes.
struct Pen {
    x: f64,
    y: f64,
    forward: (f64, f64),
    /// Of the glyph that was written last, or is next.
    middle: Point,
    up: Vec2,
    size: f64,
}

impl Pen {
    fn at(run: &Run, glyph: &Glyph) -> Self {
        let (cos, sin) = run.along;
        let up = Vec2::new(-sin, cos) * run.size;
        // A vertical pen stands over its sign, the other on its line.
        let to_middle = if run.vertical {
            up * -0.5
        } else {
            Vec2::new(cos, sin) * (glyph.width / 2_000.0 * run.size) + up * 0.38
        };
        Self {
            middle: Point::new(glyph.x, glyph.y) + to_middle,
            up,
            x: glyph.x,
            y: glyph.y,
            forward: if run.vertical {
                (sin, -cos)
            } else {
                (cos, sin)
            },
            size: run.size,
        }
    }

    /// Behind the glyph that starts here.
    fn moved(self, run: &Run, glyph: &Glyph) -> Self {
        let advance = if run.vertical { 1_000.0 } else { glyph.width };
        let length = advance / 1_000.0 * self.size;
        Self {
            x: self.x + self.forward.0 * length,
            y: self.y + self.forward.1 * length,
            ..self
        }
    }

    /// What stands between this end and `next`.
    fn gap(&self, next: &Self, last: Option<char>, following: &str) -> &'static str {
        if is_wide(last) && is_wide(following.chars().next()) && self.stands_over(next) {
            return "";
        }
        let size = self.size.max(next.size);
        let (dx, dy) = (next.x - self.x, next.y - self.y);
        let ahead = dx * self.forward.0 + dy * self.forward.1;
        let aside = (dx * self.forward.1 - dy * self.forward.0).abs();
        let turned = self.forward.0 * next.forward.0 + self.forward.1 * next.forward.1 < 0.9;
        if turned || aside > size * 0.6 || ahead < -size {
            return "\n";
        }
        let narrow = last.is_some_and(|c| c.is_ascii()) && following.is_ascii();
        let blank = last.is_some_and(char::is_whitespace) || following.starts_with(' ');
        let wide = if narrow { 0.2 } else { 0.8 };
        if ahead > size * wide && !blank {
            " "
        } else {
            ""
        }
    }

    /// The next sign is set right under this one, as close as in a vertical line:
    /// horizontal lines are farther apart.
    fn stands_over(&self, next: &Self) -> bool {
        let alike = (self.up - next.up).hypot() < 0.05 * self.size;
        let step = (next.middle - self.middle) / self.size;
        let up = self.up / self.size;
        alike && step.cross(up).abs() < 0.25 && (0.4..1.2).contains(&-step.dot(up))
    }
}

/// Whether a character fills the square of a Japanese sign (UAX #11).
fn is_wide(character: Option<char>) -> bool {
    character.and_then(char::width) == Some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(vertical: bool, x: f64, y: f64, words: &str) -> Run {
        let step = |n: usize| 10.0 * n as f64;
        Run {
            vertical,
            size: 10.0,
            line: super::super::line::Line::USUAL,
            along: (1.0, 0.0),
            glyphs: words
                .chars()
                .enumerate()
                .map(|(n, c)| Glyph {
                    text: c.to_string(),
                    x: if vertical { x } else { x + step(n) },
                    y: if vertical { y - step(n) } else { y },
                    width: 1_000.0,
                })
                .collect(),
        }
    }

    fn read(runs: &[Run]) -> String {
        let pages = [runs.to_vec()];
        String::from_utf8(written(&pages, &mut Report::default()).unwrap()).unwrap()
    }

    #[test]
    fn lines_and_gaps_are_where_they_are_seen() {
        let runs = [
            run(false, 0.0, 100.0, "見積書"),
            run(false, 40.0, 100.0, "①㈱"),
            run(false, 0.0, 85.0, "ab"),
            run(false, 20.0, 85.0, "cd"),
            run(false, 45.0, 85.0, "e"),
        ];
        assert_eq!(read(&runs), "見積書 ①㈱\nabcd e\n");
    }

    #[test]
    fn vertical_lines_follow_each_other() {
        let runs = [
            run(true, 90.0, 100.0, "縦書"),
            run(true, 75.0, 100.0, "髙﨑"),
        ];
        assert_eq!(read(&runs), "縦書\n髙﨑\n");
    }

    /// As official gazettes set their columns: signs of a horizontal font one under
    /// the other, marks and brackets of a vertical one between them.
    #[test]
    fn signs_set_one_under_the_other_are_a_line() {
        let column = |x: f64, words: &str| -> Vec<Run> {
            let sign = |(n, sign): (usize, char)| {
                let y = 100.0 - 10.0 * n as f64;
                match sign {
                    '、' | '。' => run(true, x + 5.0, y + 8.8, &sign.to_string()),
                    _ => run(false, x, y, &sign.to_string()),
                }
            };
            words.chars().enumerate().map(sign).collect()
        };
        let gazette = [column(90.0, "歩行者は、"), column(75.0, "道を行く。")];
        assert_eq!(read(&gazette.concat()), "歩行者は、\n道を行く。\n");
        // Not what stands under each other in rows, nor figures.
        let rows = [run(false, 0.0, 100.0, "○"), run(false, 0.0, 85.0, "×")];
        assert_eq!(read(&rows), "○\n×\n");
        let figures = [run(false, 0.0, 100.0, "1"), run(false, 0.0, 90.0, "2")];
        assert_eq!(read(&figures), "1\n2\n");
    }

    #[test]
    fn bold_by_drawing_twice_is_read_once() {
        let runs = [run(false, 0.0, 50.0, "重要"), run(false, 0.3, 50.0, "重要")];
        assert_eq!(read(&runs), "重要\n");
        // A shadow in pieces of another length, with a radical for a character.
        let runs = [
            run(false, 0.0, 50.0, "高橋"),
            run(false, 0.5, 49.5, "⾼"),
            run(false, 10.5, 49.5, "橋清"),
        ];
        assert_eq!(read(&runs), "高橋清\n");
        // The same word twice is twice there.
        let runs = [run(false, 0.0, 50.0, "のの"), run(false, 0.0, 30.0, "のの")];
        assert_eq!(read(&runs), "のの\nのの\n");
    }

    #[test]
    fn a_scan_has_no_text() {
        let refused = written(&[Vec::new()], &mut Report::default());
        assert_eq!(refused, Err(Refusal::Unsupported));
    }
}
