//! What became of many files, as one table: format, how many, and what they
//! came out as, or why they did not.

use std::collections::BTreeMap;

use crate::mail::record::{Outcome, Record};
use crate::policy::text::{Lang, Text};
use crate::sanitise::{Kind, Refusal};

/// Counts per format; what is inside containers counts with its container.
#[derive(Debug, Default)]
pub(super) struct Summary {
    kinds: BTreeMap<Kind, Counts>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    rebuilt: u32,
    flattened: u32,
    text: u32,
    unpacked: u32,
    withheld: BTreeMap<Refusal, u32>,
}

impl Counts {
    fn withheld(&self) -> u32 {
        self.withheld.values().sum()
    }

    fn files(&self) -> u32 {
        self.rebuilt + self.flattened + self.text + self.unpacked + self.withheld()
    }

    fn add(&mut self, other: &Self) {
        self.rebuilt += other.rebuilt;
        self.flattened += other.flattened;
        self.text += other.text;
        self.unpacked += other.unpacked;
        for (refusal, count) in &other.withheld {
            *self.withheld.entry(*refusal).or_default() += count;
        }
    }
}

impl Summary {
    pub(super) fn add(&mut self, record: &Record) {
        let counts = self.kinds.entry(record.source.kind).or_default();
        match record.outcome {
            Outcome::Rebuilt => counts.rebuilt += 1,
            Outcome::Flattened => counts.flattened += 1,
            Outcome::Text => counts.text += 1,
            Outcome::Unpacked => counts.unpacked += 1,
            Outcome::Withheld => {
                let reason = record.reason.unwrap_or(Refusal::WorkerLost);
                *counts.withheld.entry(reason).or_default() += 1;
            }
        }
    }

    /// The table, for a terminal and for pages alike.
    pub(super) fn table(&self, lang: Lang) -> String {
        let head = Text::new(
            "| 形式 | 件数 | 再構成 | 画像化 | テキスト化 | 展開 | 保留 | 保留の理由 |",
            "| format | files | rebuilt | flattened | text | unpacked | withheld | why |",
        );
        let mut table = format!("{}\n|---|---|---|---|---|---|---|---|\n", head.get(lang));
        let mut all = Counts::default();
        for (kind, counts) in &self.kinds {
            table.push_str(&line(kind.name(), counts, lang));
            all.add(counts);
        }
        table.push_str(&line(Text::new("計", "all").get(lang), &all, lang));
        table
    }
}

fn line(name: &str, counts: &Counts, lang: Lang) -> String {
    let why: Vec<String> = counts
        .withheld
        .iter()
        .map(|(refusal, count)| format!("{} {count}", short(*refusal).get(lang)))
        .collect();
    format!(
        "| {name} | {} | {} | {} | {} | {} | {} | {} |\n",
        counts.files(),
        counts.rebuilt,
        counts.flattened,
        counts.text,
        counts.unpacked,
        counts.withheld(),
        why.join(Text::new("、", ", ").get(lang))
    )
}

/// A reason as short as a column; its code in English.
fn short(refusal: Refusal) -> Text {
    let japanese = match refusal {
        Refusal::Encrypted => "暗号化",
        Refusal::Malformed => "破損・不正",
        Refusal::OverBudget => "上限超過",
        Refusal::Residue => "検証不合格",
        Refusal::Unsupported => "未対応の形式",
        Refusal::Forbidden => "受け取らない形式",
        Refusal::WorkerLost => "異常終了",
        Refusal::NotInstalled => "LibreOffice なし",
    };
    Text::new(japanese, refusal.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_speaks_the_readers_language() {
        let mut summary = Summary::default();
        let counts = summary.kinds.entry(Kind::Pdf).or_default();
        counts.flattened = 3;
        counts.withheld.insert(Refusal::Encrypted, 2);
        counts.withheld.insert(Refusal::Malformed, 1);
        insta::assert_snapshot!(summary.table(Lang::Ja), @r"
        | 形式 | 件数 | 再構成 | 画像化 | テキスト化 | 展開 | 保留 | 保留の理由 |
        |---|---|---|---|---|---|---|---|
        | pdf | 6 | 0 | 3 | 0 | 0 | 3 | 暗号化 2、破損・不正 1 |
        | 計 | 6 | 0 | 3 | 0 | 0 | 3 | 暗号化 2、破損・不正 1 |
        ");
        insta::assert_snapshot!(summary.table(Lang::En), @r"
        | format | files | rebuilt | flattened | text | unpacked | withheld | why |
        |---|---|---|---|---|---|---|---|
        | pdf | 6 | 0 | 3 | 0 | 0 | 3 | encrypted 2, malformed 1 |
        | all | 6 | 0 | 3 | 0 | 0 | 3 | encrypted 2, malformed 1 |
        ");
    }
}
