//! Statements of SQL, recognised by their form: `grant role {} to user *`.

use sqlparser::dialect::SnowflakeDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::model::limits::{SQL_BYTES_MAX, SQL_STEPS_MAX};

/// The form of a statement's beginning.
#[derive(Debug, Clone)]
pub struct Pattern(Vec<Part>);

/// A text of SQL in its tokens; none where it is too long or cannot be read.
pub struct Statements {
    text: String,
    tokens: Vec<Token>,
}

impl Statements {
    pub fn of(text: &str) -> Self {
        let mut tokens = Vec::new();
        if text.len() <= SQL_BYTES_MAX {
            let read = Tokenizer::new(&SnowflakeDialect {}, text).tokenize();
            tokens = read.unwrap_or_else(|_unreadable| Vec::new());
        }
        tokens.retain(|token| !matches!(token, Token::Whitespace(_) | Token::EOF));
        let text = text.to_owned();
        Statements { text, tokens }
    }

    pub fn are_of(&self, text: &str) -> bool {
        self.text == text
    }
}

#[derive(Debug, Clone)]
enum Part {
    /// A word or a sign, compared without regard to case.
    Word(String),
    /// `{}`: the identifier that is the value.
    Identifier,
    /// `*`: any run of tokens, also none.
    Any,
    /// `[if exists]`
    Optional(Vec<Part>),
}

impl Pattern {
    /// `None` where brackets are open, or nothing or more than one thing is the value.
    pub fn parse(text: &str) -> Option<Self> {
        let spaced = text.replace('[', " [ ").replace(']', " ] ");
        let mut words = spaced.split_whitespace();
        let parts = parse_until(&mut words, None)?;
        let values = parts
            .iter()
            .filter(|part| matches!(part, Part::Identifier))
            .count();
        (values == 1).then_some(Pattern(parts))
    }

    /// The identifier in the first statement of this form: unquoted in upper case, quoted as it
    /// is written, parts of a compound joined by dots.
    pub fn identifier(&self, statements: &Statements) -> Option<String> {
        let mut statements = statements
            .tokens
            .split(|token| matches!(token, Token::SemiColon));
        statements.find_map(|statement| {
            let mut search = Search {
                steps: SQL_STEPS_MAX,
                found: None,
            };
            search.fits(&self.0, statement).then_some(search.found)?
        })
    }
}

fn parse_until<'w>(
    words: &mut impl Iterator<Item = &'w str>,
    end: Option<&str>,
) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    while let Some(word) = words.next() {
        if Some(word) == end {
            return Some(parts);
        }
        parts.push(match word {
            "{}" => Part::Identifier,
            "*" => Part::Any,
            "[" => Part::Optional(parse_until(words, Some("]"))?),
            word => Part::Word(word.to_owned()),
        });
    }
    end.is_none().then_some(parts)
}

/// One comparison. Its steps are bounded: what takes more does not fit.
struct Search {
    steps: usize,
    found: Option<String>,
}

impl Search {
    fn fits(&mut self, parts: &[Part], tokens: &[Token]) -> bool {
        let Some(left) = self.steps.checked_sub(1) else {
            return false;
        };
        self.steps = left;
        let Some((part, rest)) = parts.split_first() else {
            return true;
        };
        match part {
            Part::Word(word) => tokens
                .split_first()
                .is_some_and(|(token, after)| is_word(token, word) && self.fits(rest, after)),
            Part::Identifier => {
                let Some((name, after)) = identifier(tokens) else {
                    return false;
                };
                self.found = Some(name);
                self.fits(rest, after)
            }
            Part::Any => (0..=tokens.len()).any(|skipped| {
                let after = tokens.get(skipped..).unwrap_or_default();
                self.fits(rest, after)
            }),
            Part::Optional(inner) => {
                let with: Vec<Part> = inner.iter().chain(rest).cloned().collect();
                self.fits(&with, tokens) || self.fits(rest, tokens)
            }
        }
    }
}

fn is_word(token: &Token, word: &str) -> bool {
    match token {
        Token::Word(found) => found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word),
        other => other.to_string().eq_ignore_ascii_case(word),
    }
}

/// A name at the beginning of `tokens`, and what follows it.
fn identifier(tokens: &[Token]) -> Option<(String, &[Token])> {
    let (first, mut rest) = tokens.split_first()?;
    let mut name = part_of_name(first)?;
    while let [Token::Period, next, after @ ..] = rest {
        let Some(part) = part_of_name(next) else {
            break;
        };
        name = format!("{name}.{part}");
        rest = after;
    }
    Some((name, rest))
}

fn part_of_name(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) if word.quote_style.is_some() => Some(word.value.replace("\"\"", "\"")),
        Token::Word(word) => Some(word.value.to_uppercase()),
        Token::SingleQuotedString(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, text: &str, expected: Option<&str>) {
        let pattern = Pattern::parse(pattern).expect("sound");
        let found = pattern.identifier(&Statements::of(text));
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn statements_are_known_by_their_form() {
        let create = "create user [if not exists] {}";
        check(create, "CREATE USER mira PASSWORD = 'x'", Some("MIRA"));
        check(
            create,
            "  -- new\n create  user IF NOT EXISTS \"Mira \"\"R\"\" Roe\";",
            Some("Mira \"R\" Roe"),
        );
        check(create, "select 'create user mira'", None);
        check(
            create,
            "use role x; create user \"m@corp.example\"",
            Some("m@corp.example"),
        );
        let role = "grant role {} to user *";
        let user = "grant role * to user {}";
        let text = "GRANT ROLE \"Data Ops\" TO USER Mira";
        check(role, text, Some("Data Ops"));
        check(user, text, Some("MIRA"));
        check(user, "grant role a to role b", None);
        check(
            "grant database role {} to",
            "grant database role db.\"r\" to role x",
            Some("DB.r"),
        );
        let disabled = "alter user [if exists] {} set * disabled = true";
        check(
            disabled,
            "ALTER USER mira SET comment='x' DISABLED=TRUE",
            Some("MIRA"),
        );
        check(disabled, "ALTER USER mira SET DISABLED = FALSE", None);
        check(disabled, "'unended", None);
    }

    #[test]
    fn a_pattern_has_one_value_and_closed_brackets() {
        for text in ["create user", "create user {} {}", "create [if user {}"] {
            assert!(Pattern::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_hostile_statement_ends_the_search() {
        let text = "grant ".repeat(20_000);
        check("* a * b * c {}", &text, None);
    }
}
