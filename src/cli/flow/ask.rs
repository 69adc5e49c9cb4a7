//! The questions of `flow add` on a terminal: one at a time, with what could
//! be meant, a default where one is sensible, and a way out (Esc).

use std::fmt;

use inquire::validator::Validation;
use inquire::{Confirm, InquireError, Select};
use jiff::civil::Date;

use super::draft::{Draft, NewHost, line};
use crate::cli::words;
use crate::policy::text::{Lang, Text, escape_hostile};
use crate::policy::{Endpoint, Policy};

/// Somebody left, or the terminal did.
#[derive(Debug)]
pub struct Stopped(pub Text);

impl From<InquireError> for Stopped {
    fn from(error: InquireError) -> Self {
        match error {
            InquireError::OperationCanceled | InquireError::OperationInterrupted => {
                Self(Text::new(
                    "中止しました。何も変更していません。",
                    "stopped. Nothing was changed.",
                ))
            }
            InquireError::NotTTY
            | InquireError::InvalidConfiguration(_)
            | InquireError::IO(_)
            | InquireError::Custom(_) => Self(Text::new(
                format!("端末で尋ねられません: {error}。何も変更していません。"),
                format!("the terminal cannot be asked: {error}. Nothing was changed."),
            )),
        }
    }
}

/// Who is asked, and about what.
#[derive(Debug)]
pub struct Asker<'a> {
    /// Suggestions come from here.
    pub policy: &'a Policy,
    /// The local day.
    pub today: Date,
    /// The reader's language.
    pub lang: Lang,
}

/// Something to choose: what is shown, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Choice<T> {
    shown: String,
    value: T,
}

impl<T> fmt::Display for Choice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Asker<'_> {
    /// Asks for what is missing.
    ///
    /// # Errors
    /// Somebody left.
    pub fn fill(&self, draft: &mut Draft, hosts: &mut Vec<NewHost>) -> Result<(), Stopped> {
        if draft.from.is_none() {
            draft.from = Some(self.end(&Text::new("送信元 (どこから)", "From"), hosts)?);
        }
        if draft.to.is_none() {
            draft.to = Some(self.end(&Text::new("宛先 (どこへ)", "To"), hosts)?);
        }
        if draft.service.is_empty() {
            draft.service.push(self.service()?);
        }
        if draft.purpose.is_none() {
            let words = Text::new("目的 (何のための通信か)", "Purpose");
            draft.purpose = Some(self.words(&words, None)?);
        }
        if draft.owner.is_none() {
            draft.owner = Some(self.person(&Text::new("所管者", "Owner"), |_, _| true)?);
        }
        if draft.approved_by.is_none() {
            let owner = draft.owner.clone();
            let approver = Text::new("承認者 (所管者とは別の人)", "Approver (not the owner)");
            let may = |id: &str, roles: &[String]| {
                Some(id) != owner.as_deref() && roles.iter().any(|role| role == "approver")
            };
            draft.approved_by = Some(self.person(&approver, may)?);
        }
        if draft.approved_on.is_none() {
            draft.approved_on = Some(self.date(&Text::new("承認日", "Approved on"), self.today)?);
        }
        if draft.ticket.is_none() {
            draft.ticket = Some(self.words(&Text::new("決裁番号", "Ticket"), None)?);
        }
        if draft.expires.is_none() {
            let days = jiff::Span::new().try_days(i64::from(self.policy.site.review_days));
            let on = draft.approved_on.unwrap_or(self.today);
            let last = days.and_then(|days| on.checked_add(days)).unwrap_or(on);
            let words = Text::new(
                format!("期限 (この日の終わりまで。最長 {last})"),
                format!("Last day (at most {last})"),
            );
            draft.expires = Some(self.date(&words, last)?);
        }
        self.fill_rest(draft)
    }

    /// What may be left out.
    fn fill_rest(&self, draft: &mut Draft) -> Result<(), Stopped> {
        if draft.clause.is_none() {
            let clauses = self.policy.clauses.iter().map(|(id, title)| Choice {
                shown: escape_hostile(&format!("{id}  {title}")),
                value: Some(id.clone()),
            });
            draft.clause = self.choose(&Text::new("根拠条項", "Clause"), self.or_none(clauses))?;
        }
        if draft.class.is_none() {
            let mut classes: Vec<String> = self
                .policy
                .flows
                .iter()
                .filter_map(|flow| flow.class.clone())
                .collect();
            classes.sort();
            classes.dedup();
            let classes = classes.into_iter().map(|class| Choice {
                shown: escape_hostile(&class),
                value: Some(class),
            });
            draft.class = self.choose(
                &Text::new("通してよい情報の分類", "Class"),
                self.or_none(classes),
            )?;
        }
        if draft.hours.is_empty() {
            let words = Text::new(
                "時間帯 (例 08:30-17:15。空なら常時)",
                "Hours (such as 08:30-17:15; empty: always)",
            );
            let hours = inquire::Text::new(words.get(self.lang)).prompt()?;
            draft.hours.extend(line(&hours).ok());
        }
        Ok(())
    }

    /// The id, with the one that would be made.
    ///
    /// # Errors
    /// Somebody left.
    pub fn id(&self, free: &str) -> Result<String, Stopped> {
        self.words(&Text::new("識別子", "Id"), Some(free))
    }

    /// Whether to write what was shown.
    ///
    /// # Errors
    /// Somebody left.
    pub fn agreed(&self) -> Result<bool, Stopped> {
        let words = Text::new("この内容でファイルに書きますか", "Write this to the file?");
        let answer = |yes: bool| {
            let word = if yes {
                Text::new("はい", "yes")
            } else {
                Text::new("いいえ", "no")
            };
            word.get(self.lang).to_owned()
        };
        let confirm = Confirm::new(words.get(self.lang)).with_default(false);
        Ok(confirm.with_formatter(&answer).prompt()?)
    }

    fn or_none(
        &self,
        choices: impl Iterator<Item = Choice<Option<String>>>,
    ) -> Vec<Choice<Option<String>>> {
        let none = Choice {
            shown: Text::new("(書かない)", "(none)").get(self.lang).to_owned(),
            value: None,
        };
        [none].into_iter().chain(choices).collect()
    }

    fn end(&self, words: &Text, hosts: &mut Vec<NewHost>) -> Result<String, Stopped> {
        let named = self.policy.hosts.iter().map(|(name, host)| {
            let end = Endpoint::Zone {
                zone: host.zone.clone(),
                hosts: vec![name.clone()],
            };
            let addresses = words::addresses(self.policy, &end, &Endpoint::Gateway).join(", ");
            let word = format!("{}:{name}", host.zone);
            Choice {
                shown: escape_hostile(&format!("{word}  {addresses}")),
                value: Some(word),
            }
        });
        let whole = self.policy.zones.values().map(|zone| {
            let kind = words::kind(zone.kind);
            let all = Text::new(
                format!("区域全体、{}", kind.ja),
                format!("whole zone, {}", kind.en),
            );
            Choice {
                shown: escape_hostile(&format!("{}  ({})", zone.name, all.get(self.lang))),
                value: Some(zone.name.clone()),
            }
        });
        let own = Text::new("gateway  (この機器自身)", "gateway  (the box itself)");
        let own = Choice {
            shown: own.get(self.lang).to_owned(),
            value: Some("gateway".to_owned()),
        };
        let new = Text::new("新しいホスト…", "a new host…");
        let new = Choice {
            shown: new.get(self.lang).to_owned(),
            value: None,
        };
        let choices = named.chain([own]).chain(whole).chain([new]).collect();
        if let Some(end) = self.choose(words, choices)? {
            return Ok(end);
        }
        let zones = self.policy.zones.keys().map(|zone| Choice {
            shown: escape_hostile(zone),
            value: zone.clone(),
        });
        let host = NewHost {
            zone: self.choose(&Text::new("区域", "Zone"), zones.collect())?,
            name: self.words(&Text::new("ホストの名前 (英数字)", "Host name"), None)?,
            address: self.words(&Text::new("アドレス", "Address"), None)?,
        };
        let end = format!("{}:{}", host.zone, host.name);
        hosts.push(host);
        Ok(end)
    }

    fn service(&self) -> Result<String, Stopped> {
        let named = self.policy.services.iter().map(|(name, ranges)| {
            let ports = ranges
                .iter()
                .map(words::range)
                .collect::<Vec<_>>()
                .join(", ");
            Choice {
                shown: escape_hostile(&format!("{name}  {ports}")),
                value: Some(name.clone()),
            }
        });
        let other = Text::new("番号で (tcp/8443 など)…", "by number (tcp/8443 …)…");
        let other = Choice {
            shown: other.get(self.lang).to_owned(),
            value: None,
        };
        match self.choose(
            &Text::new("サービス", "Service"),
            named.chain([other]).collect(),
        )? {
            Some(name) => Ok(name),
            None => self.words(
                &Text::new("プロトコル/ポート", "Protocol/port"),
                Some("tcp/"),
            ),
        }
    }

    fn person(
        &self,
        words: &Text,
        may: impl Fn(&str, &[String]) -> bool,
    ) -> Result<String, Stopped> {
        let people = self.policy.people.iter().filter(|(id, person)| {
            let in_office =
                person.from <= self.today && person.until.is_none_or(|until| self.today <= until);
            in_office && may(id, &person.roles)
        });
        let people = people.map(|(id, _)| Choice {
            shown: format!("{id}  {}", words::person(self.policy, id)),
            value: id.clone(),
        });
        self.choose(words, people.collect())
    }

    fn choose<T: Clone>(&self, words: &Text, choices: Vec<Choice<T>>) -> Result<T, Stopped> {
        if choices.is_empty() {
            return Err(Stopped(Text::new(
                format!(
                    "{}: 選べるものが設定にありません。何も変更していません。",
                    words.ja
                ),
                format!(
                    "{}: the configuration has none to choose. Nothing was changed.",
                    words.en
                ),
            )));
        }
        let help = Text::new(
            "↑↓ で選び Enter。文字を打つと絞り込み、Esc で中止",
            "up, down, Enter; letters filter; Esc stops",
        );
        let select = Select::new(words.get(self.lang), choices);
        Ok(select
            .with_page_size(12)
            .with_help_message(help.get(self.lang))
            .prompt()?
            .value)
    }

    fn words(&self, words: &Text, initial: Option<&str>) -> Result<String, Stopped> {
        let prompt = inquire::Text::new(words.get(self.lang)).with_validator(|text: &str| {
            Ok(match line(text) {
                Ok(_) => Validation::Valid,
                Err(why) => Validation::Invalid(why.into()),
            })
        });
        let said = match initial {
            Some(initial) => prompt.with_initial_value(initial).prompt()?,
            None => prompt.prompt()?,
        };
        Ok(said.trim().to_owned())
    }

    fn date(&self, words: &Text, default: Date) -> Result<Date, Stopped> {
        let initial = default.to_string();
        let said = inquire::Text::new(words.get(self.lang))
            .with_initial_value(&initial)
            .with_validator(|text: &str| {
                Ok(match text.trim().parse::<Date>() {
                    Ok(_) => Validation::Valid,
                    Err(_) => Validation::Invalid("2027-03-31".into()),
                })
            })
            .prompt()?;
        Ok(said.trim().parse().unwrap_or(default)) // the validator let nothing else through
    }
}
