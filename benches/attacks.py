#!/usr/bin/env python3
"""Tries the attacks of docs/security.md through real git and prints its table: `python3 benches/attacks.py`.

Each attack is a test of the program that fails where the defence is missing."""

import re
import subprocess
import sys

CLASSES = {
    "a change brings its own rules, exceptions or exclusions": [
        "check::base::a_change_does_not_bring_its_own_exceptions",
        "check::base::a_change_does_not_exclude_its_own_files",
        "hook::push::another_clone_is_judged_by_what_the_remote_has",
    ],
    "settings that nobody can read": ["check::base::settings_that_nobody_can_read_are_an_error"],
    "marks and lists that allow a secret": [
        "check::evidence::what_is_known_is_for_a_person_to_say",
        "check::base::a_mark_is_told_as_somebodys_act_and_is_none_of_an_agent",
        "check::base::a_project_can_refuse_marks",
    ],
    "a forged trailer, address or agent": [
        "check::evidence::an_agents_trailer_counts_anywhere_in_the_message",
        "check::evidence::an_agents_line_counts_wherever_a_squash_puts_it",
        "check::evidence::gits_own_message_of_a_squash_is_held_to_the_role",
        "check::evidence::a_squash_is_held_to_the_role_where_the_run_worked",
        "check::base::who_a_commit_says_it_is_can_only_take_rights_away",
        "delegate::roles::who_was_taken_away_may_do_nothing",
    ],
    "a forged run page, status or ticket": [
        "check::base::a_page_that_cannot_be_derived_again_excuses_nothing",
        "check::base::a_page_without_its_merge_says_no_more_than_that_a_run_was_turned_down",
        "check::evidence::a_run_page_that_landed_changes_by_a_persons_act_alone",
        "check::evidence::a_merge_drops_or_changes_no_run_page_unseen",
        "check::evidence::a_page_counts_the_lines_of_the_work_and_comes_back_with_a_revert",
    ],
    "a history that seems to be shorter or another": [
        "check::evidence::a_range_with_an_edge_in_it_is_not_looked_at_blindly",
        "hook::push::an_edge_that_somebody_drew_lets_nothing_through",
        "hook::push::what_stands_in_for_a_commit_here_hides_nothing",
    ],
    "a secret hidden in a merge, message, name, header, link, tag or earlier commit": [
        "check::evidence::names_and_headers_of_commits_are_looked_at",
        "check::evidence::a_link_says_where_it_leads",
        "check::base::what_a_merge_itself_brings_is_looked_at",
        "check::base::names_and_messages_are_looked_at",
        "hook::push::a_message_with_a_secret_stops_the_commit",
        "hook::push::every_pushed_reference_is_looked_at",
    ],
    "a push around the hooks of the commit, or of what another remote has": [
        "hook::push::the_first_push_is_looked_at_and_a_deletion_is_not",
        "hook::push::what_another_remote_has_was_not_looked_at_for_this_one",
    ],
    "a secret moved to where it matters, a key or a file too large by an agent": [
        "check::secrets::a_secret_that_moves_to_where_it_matters_more_is_new",
        "check::secrets::an_agent_brings_no_private_key_and_nothing_that_nobody_looked_at",
    ],
    "hooks that are talked out of it": ["hook::push::taking_the_settings_away_silences_nothing"],
    "a secret in the work or the words of an agent": ["delegate::roles::a_secret_is_merged_with_no_run"],
    "an edit that gives more power, 60 in 12 kinds, at the commit, at `approve` and in CI": [
        "check::power::every_attack_is_found_at_the_commit_and_in_ci",
        "delegate::roles::what_gains_power_is_merged_with_no_run",
    ],
    "a link or a move in the place of such an edit": ["check::power::a_link_and_a_move_are_no_way_around"],
}


def main() -> int:
    names = [name for tests in CLASSES.values() for name in tests]
    command = ["cargo", "test", "--test", "cli", "--", "--exact", *names]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    held = set(re.findall(r"^test (\S+) \.\.\. ok$", said.stdout, re.MULTILINE))
    if not held:
        print(said.stderr, file=sys.stderr)
    print("| class | tried | held |\n| --- | --- | --- |")
    for what, tests in CLASSES.items():
        print(f"| {what} | {len(tests)} | {sum(test in held for test in tests)} |")
    return 0 if held == set(names) else 1


if __name__ == "__main__":
    sys.exit(main())
