//! The program `polyspot` as a whole, each module named after what it promises. Listening to a microphone has a
//! binary of its own (`live`).

mod a_broken_recording_stops_no_other;
mod a_decision_is_explained;
mod a_killed_run_leaves_no_half_result;
mod a_room_has_its_own_thresholds;
mod an_installed_program_has_a_manual;
mod clips_have_labels;
mod days_pass_as_the_first_hour;
mod detections_are_left_out;
mod every_format_is_read;
mod failures_have_exit_codes;
mod flac;
#[cfg(unix)] // ends the server by a signal
mod hostile_clients_hurt_nobody;
mod hostile_input_ends_in_words;
#[path = "../runtime/polyspot-cli/examples/install_files.rs"]
#[expect(dead_code, reason = "its `main` is for packagers")]
mod install_files;
mod kill;
#[cfg(target_os = "linux")] // reads /proc
mod memory_stays_the_same;
mod models_explain_themselves;
mod mutated_recordings_end_in_words;
mod names_are_harmless;
#[cfg(target_os = "linux")] // has /dev/full
mod nobody_need_read;
#[cfg(target_os = "linux")]
mod outputs_go_where_they_are_sent;
mod program;
#[cfg(unix)]
mod reading_ends;
mod recordings_are_examined;
mod results_come_in_order;
#[cfg(unix)]
mod satellites_are_answered;
#[cfg(unix)]
mod serving;
mod soak;
mod spoken_words_are_found;
mod standard_input_is_live;
mod support;
