//! What the library promises, each promise in a module named after it.

mod a_broken_model_is_refused;
mod a_clip_has_one_label;
mod a_hostile_model_is_refused_or_runs_safely;
mod a_profile_is_for_one_model;
mod a_swap_loses_nothing;
mod a_trace_judges_as_a_spotter;
mod a_word_is_one_detection;
mod an_adapter_is_its_model;
mod any_chunking_is_the_same;
mod based_networks;
mod engines_agree;
mod front_end_equals_references;
mod hostile;
mod hostile_audio_leaves_no_trace;
mod materials;
mod models_are_shared_among_threads;
mod mutation;
mod networks;
mod nothing_is_allocated;
mod reset_equals_new;
mod several_languages_are_as_one_each;
mod streaming_equals_offline;
mod swap_session;
mod ten_thousand_swaps_change_nothing_else;
mod the_spoken_language_is_guessed;
mod the_store_loads_once;
