//! Which memories answer: a search, a filter, or a piece of work; here, in other work trees, in other projects.

pub mod ask;
pub mod boost;
pub mod brief;
pub mod choose;
pub mod elsewhere;
pub mod filter;
pub mod found;
pub mod projects;
pub mod row;
pub mod similar;
pub mod texts;
pub mod usage;
pub mod work;
