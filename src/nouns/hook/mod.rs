//! Git hooks: one marked line of cmpm in the file that git really runs, next to whatever is there.

mod edit;
mod install;
mod judge;
mod line;
mod model;
mod note;
mod overview;
mod place;
mod record;
mod run;
mod status;
mod uninstall;

pub use edit::Plan;
pub use install::{Action, install_all, plan_install};
pub use judge::State;
pub use model::{HookError, HookName, Manager};
pub use note::{begin, waiting};
pub use overview::{find_gap, is_set_up, managers};
pub use record::recorded;
pub use run::REACHED;
pub use status::{Seen, look, survey};
pub use uninstall::plan_uninstall;

verbs! {
    /// What can be done with git's hooks.
    Command {
        Install(install::Install),
        Uninstall(uninstall::Uninstall),
        Status(status::Status),
        Run(run::Run),
    }
}
