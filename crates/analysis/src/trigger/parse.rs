//! Tokens to a condition.

use super::{
    condition::{Expression, Test},
    error::{SyntaxError, SyntaxErrorKind as Kind},
    signal::{Argument, SIGNALS, STATES, Signal, SignalSpec},
    token::{Placed, Token, tokens},
    unit::Unit,
};

/// So deep may parentheses be nested.
const DEEPEST: usize = 64;

/// Names that are like another one have so much in common with it, of 1.
const ALIKE: f64 = 0.6;

type Result<T> = std::result::Result<T, SyntaxError>;

/// Parses a condition.
pub(super) fn parse(text: &str) -> Result<Expression> {
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: 0 };
    let condition = parser.any()?;
    match parser.peek() {
        Token::End => Ok(condition),
        _ => Err(parser.fail(Kind::Expected("\"and\", \"or\" or the end"))),
    }
}

struct Parser<'a> {
    text: &'a str,
    /// Ends with [`Token::End`].
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len());
        token
    }

    /// Takes the token if it is this.
    fn takes(&mut self, token: &Token) -> bool {
        let is_there = self.peek() == token;
        self.at += usize::from(is_there);
        is_there
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is_there = matches!(self.peek(), Token::Name(name) if name == word);
        self.at += usize::from(is_there);
        is_there
    }

    /// Something is wrong with the next token.
    fn fail(&self, kind: Kind) -> SyntaxError {
        self.fail_from(self.at, kind)
    }

    /// Something is wrong with the tokens from this one up to the next.
    fn fail_from(&self, first: usize, kind: Kind) -> SyntaxError {
        let place = |at: usize| {
            self.tokens.get(at).map_or(self.text.len()..self.text.len(), |(_, place)| place.clone())
        };
        let end = place(self.at.saturating_sub(1).max(first)).end;
        SyntaxError::new(self.text, place(first).start..end, kind)
    }

    fn any(&mut self) -> Result<Expression> {
        let mut parts = vec![self.all()?];
        while self.takes_word("or") {
            parts.push(self.all()?);
        }
        Ok(Expression::Any(parts))
    }

    fn all(&mut self) -> Result<Expression> {
        let mut parts = vec![self.one()?];
        while self.takes_word("and") {
            parts.push(self.one()?);
        }
        Ok(Expression::All(parts))
    }

    fn one(&mut self) -> Result<Expression> {
        if self.depth == DEEPEST {
            return Err(self.fail(Kind::Deep));
        }
        self.depth += 1;
        let one = if self.takes_word("not") {
            Expression::Not(Box::new(self.one()?))
        } else if self.takes(&Token::Open) {
            let inner = self.any()?;
            self.close()?;
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(one)
    }

    fn close(&mut self) -> Result<()> {
        if self.takes(&Token::Close) {
            Ok(())
        } else {
            Err(self.fail(Kind::Expected("a closing parenthesis")))
        }
    }

    fn comparison(&mut self) -> Result<Expression> {
        let first = self.at;
        let signal = self.signal()?;
        let Token::Operator(operator) = *self.peek() else {
            return match signal.unit {
                Unit::Flag => Ok(Expression::Test(Test::new(signal, None))),
                unit => Err(self.fail_from(first, Kind::Alone { signal: signal.text, unit })),
            };
        };
        if signal.unit == Unit::Flag {
            return Err(self.fail(Kind::Flag(signal.text)));
        }
        self.next();
        let value = self.value(&signal)?;
        Ok(Expression::Test(Test::new(signal, Some((operator, value)))))
    }

    fn signal(&mut self) -> Result<Signal> {
        let first = self.at;
        let Token::Name(name) = self.peek().clone() else {
            return Err(self.fail(Kind::Expected("a signal, such as goroutines")));
        };
        let Some(spec) = SignalSpec::of(&name) else {
            let nearest = nearest(&name);
            return Err(self.fail(Kind::NoSignal { name, nearest }));
        };
        self.next();
        let argument = self.argument(spec)?;
        let end = self.tokens.get(self.at - 1).map_or(0, |(_, place)| place.end);
        let start = self.tokens.get(first).map_or(0, |(_, place)| place.start);
        let text = self.text.get(start..end).unwrap_or_default().into();
        Ok(Signal { kind: spec.kind, unit: spec.unit, text, argument })
    }

    /// What stands in parentheses behind the name of a signal.
    fn argument(&mut self, spec: &SignalSpec) -> Result<Option<String>> {
        let wrong = Kind::Argument { signal: spec.name, argument: spec.argument };
        if !self.takes(&Token::Open) {
            return if spec.argument == Argument::Text { Err(self.fail(wrong)) } else { Ok(None) };
        }
        let argument = match (spec.argument, self.peek().clone()) {
            (Argument::Text, Token::Text(text)) => text,
            (Argument::State, Token::Name(name)) if STATES.contains(&name.as_str()) => name,
            _ => return Err(self.fail(wrong)),
        };
        self.next();
        self.close()?;
        Ok(Some(argument))
    }

    /// A number with its unit, in the signal's.
    fn value(&mut self, signal: &Signal) -> Result<i64> {
        let first = self.at;
        let Token::Number(number) = *self.peek() else {
            return Err(self.fail(Kind::Unit { signal: signal.text.clone(), unit: signal.unit }));
        };
        self.next();
        let (unit, factor) = self.unit()?;
        // Nothing is nothing, whatever it is measured in.
        if unit != signal.unit && !(number == 0.0 && unit == Unit::Count) {
            return Err(self.fail_from(first, Kind::Unit { signal: signal.text.clone(), unit: signal.unit }));
        }
        Ok((number * factor).round() as i64)
    }

    fn unit(&mut self) -> Result<(Unit, f64)> {
        match self.peek().clone() {
            Token::Name(name) if !is_word(&name) => {
                let unit = Unit::of(&name).ok_or_else(|| self.fail(Kind::NoUnit(name)))?;
                self.next();
                Ok(unit)
            }
            _ => Ok((Unit::Count, 1.0)),
        }
    }
}

fn is_word(name: &str) -> bool {
    matches!(name, "and" | "or" | "not")
}

/// The signal whose name is most like this one.
fn nearest(name: &str) -> Option<&'static str> {
    let likeness = |spec: &SignalSpec| strsim::normalized_damerau_levenshtein(spec.name, name);
    let nearest = SIGNALS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    nearest.filter(|spec| likeness(spec) >= ALIKE).map(|spec| spec.name)
}
