//! Words that every room uses. Imports nothing of ours.

/// Next to a number that documents and help repeat: a test asks that they still say it, `"page": "words with a {}", number;`.
macro_rules! documented {
    ($($page:literal: $words:literal, $($value:expr),+;)+) => {
        #[cfg(test)]
        mod documented {
            use super::*;
            use $crate::base::testing::*;

            #[test]
            fn documents_say_the_number() {
                $(assert_says($page, &format!($words, $($value),+));)+
            }
        }
    };
}

/// An enum of which each value has a word, in files and on the command line: `as_str`, and where it says `[ALL]` the list of
/// them in their order.
macro_rules! named {
    ($(#[$meta:meta])* $vis:vis enum $name:ident $([$all:ident])? { $($(#[$of:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        $vis enum $name { $($(#[$of])* $value,)+ }

        impl $name {
            named! { @all [$($all)?] $vis $($value)+ }

            $vis const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $word),+ }
            }
        }
    };
    (@all [] $vis:vis $($value:ident)+) => {};
    (@all [$all:ident] $vis:vis $($value:ident)+) => {
        $vis const $all: [Self; [$(Self::$value),+].len()] = [$(Self::$value),+];
    };
}

pub mod bytes;
pub mod case;
pub mod clock;
pub mod date;
pub mod env;
pub mod error;
pub mod finding;
pub mod glob;
pub mod hidden;
pub mod id;
pub mod json;
pub mod path;
pub mod progress;
pub mod random;
pub mod rare;
pub mod rule;
pub mod short;
#[cfg(test)]
pub mod testing;
pub mod text;

pub use case::AnyCase;
pub use clock::{Clock, Timestamp};
pub use env::Env;
pub use error::{Exit, Explain, Explained, Failure, Result};
pub use finding::{Finding, Severity};
pub use id::Id;
pub use path::RepoPath;
pub use rare::Rare;
pub use rule::Rule;
pub use short::ShortIds;

/// So many things of which each takes little are one core's at least.
pub const TOGETHER: usize = 1024;
