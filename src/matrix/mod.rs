//! Scenarios on many revisions of a plugin: a table of red and green, and the search for the revision that changed one.

mod bisect;
mod grid;
mod page;
mod readme;
mod repository;
mod table;

pub use bisect::{Change, Search, search};
pub use grid::{Case, Cell, Colour, Column, Grid, requests};
pub use page::page;
pub use readme::readme;
pub use repository::{Error, Repository};
pub use table::table;
