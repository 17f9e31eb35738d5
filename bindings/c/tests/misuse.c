/* What a caller may do wrong is an error in words, never a crash. */

#include <math.h>

#include "check.h"

static const char *WORD = "tests/data/keywords/stop/en-us.wav";

static void models_are_refused(void) {
    CHECK_ERROR(!polyspot_model_built_in(NULL), "language must be a text, found NULL");
    CHECK_ERROR(!polyspot_model_built_in("xx"), "no model for the language \"xx\"; there are: en, ar, zh");
    CHECK_ERROR(!polyspot_model_built_in("\xff\xfe"), "language must be in UTF-8");
    CHECK_ERROR(!polyspot_model_from_file(NULL), "path must be a text, found NULL");
    CHECK_ERROR(!polyspot_model_from_file("no/such.onnx"), "no/such.onnx: the model file cannot be read");
    CHECK_ERROR(!polyspot_model_from_file(WORD), "stop/en-us.wav: ");
    CHECK_ERROR(!polyspot_model_from_bytes(NULL, 0, NULL, 0), "the model's bytes: ");
    CHECK_ERROR(!polyspot_model_from_bytes(NULL, 9, NULL, 0), "bytes must point to 9 values, found NULL");
    const uint8_t nonsense[] = "this is no model";
    CHECK_ERROR(!polyspot_model_from_bytes(nonsense, sizeof nonsense, NULL, 0), "the model's bytes: ");
    CHECK_ERROR(!polyspot_model_from_bytes(nonsense, SIZE_MAX, NULL, 0), "found a length of");
    CHECK_ERROR(!polyspot_model_from_bytes(nonsense, 4, nonsense, sizeof nonsense), "the base's bytes: ");
}

static void handles_are_checked(polyspot_model *model, polyspot_spotter *spotter) {
    polyspot_detection heard[2];
    int16_t samples[160] = {0};
    CHECK_ERROR(polyspot_spotter_push_i16(NULL, samples, 160, heard, 2) == POLYSPOT_INVALID_ARGUMENT,
                "the spotter must be a handle of one, found NULL");
    CHECK_ERROR(polyspot_spotter_push_i16((polyspot_spotter *)model, samples, 160, heard, 2) < 0,
                "the spotter must be a handle of one, found one that was freed, or never was one");
    CHECK_ERROR(!polyspot_model_text((polyspot_model *)spotter, POLYSPOT_LANGUAGE, 0), "the model must be a handle");
    CHECK_ERROR(polyspot_spotter_reset((polyspot_spotter *)samples) < 0, "never was one");
    CHECK_ERROR(polyspot_free(samples) == POLYSPOT_INVALID_ARGUMENT, "never was one");
    CHECK(polyspot_free(NULL) == 0);

    const polyspot_model *none = NULL;
    CHECK_ERROR(!polyspot_spotter_new(&none, 1, 16000), "the model must be a handle of one, found NULL");
    CHECK_ERROR(!polyspot_spotter_new(NULL, 1, 16000), "models must point to 1 values, found NULL");
    const polyspot_model *listening = model;
    CHECK_ERROR(!polyspot_spotter_new(&listening, 0, 16000), "count must be at least 1");
    CHECK_ERROR(!polyspot_spotter_new(&listening, 1, 1), "sample_rate_hz");
    CHECK_ERROR(polyspot_spotter_swap(spotter, &none, 1) < 0, "the model must be a handle of one");
}

static void lengths_and_numbers_are_checked(const polyspot_model *model, polyspot_spotter *spotter) {
    polyspot_detection heard[2];
    float samples[161] = {0};
    CHECK_ERROR(polyspot_spotter_push(spotter, NULL, 160, heard, 2) < 0, "samples must point to 160 values, found NULL");
    CHECK_ERROR(polyspot_spotter_push(spotter, samples, 160, NULL, 2) < 0, "detections must point to 2 values, found NULL");
    CHECK_ERROR(polyspot_spotter_push(spotter, samples, SIZE_MAX / 2, heard, 2) < 0, "found a length of");
    CHECK_ERROR(polyspot_spotter_push(spotter, samples, 1, heard, SIZE_MAX / 8) < 0, "found a length of");
    CHECK_ERROR(polyspot_spotter_push(spotter, (const float *)((const char *)samples + 1), 160, heard, 2) < 0,
                "samples must be aligned to 4 bytes");
    CHECK(polyspot_spotter_push(spotter, NULL, 0, NULL, 0) == 0);
    CHECK_ERROR(polyspot_spotter_set_thresholds(spotter, 1.5f) == POLYSPOT_INVALID_ARGUMENT, "found 1.5");
    CHECK_ERROR(polyspot_spotter_set_thresholds(spotter, NAN) < 0, "threshold must be in 0..=1, found NaN");
    const char *words[] = {"stopp", NULL};
    CHECK_ERROR(polyspot_spotter_set_wake(spotter, model, words, 1, 6000) == POLYSPOT_INVALID_ARGUMENT,
                "found \"stopp\"");
    CHECK_ERROR(polyspot_spotter_set_wake(spotter, model, words + 1, 1, 6000) < 0, "each of keywords must be a text, found NULL");
    CHECK_ERROR(polyspot_spotter_set_wake(spotter, model, NULL, 1, 6000) < 0, "keywords must point to 1 values, found NULL");
    CHECK_ERROR(polyspot_spotter_set_wake(spotter, model, NULL, 0, 999) < 0, "window: expected 1 to 3600 seconds, found 0.999");
    CHECK_ERROR(polyspot_spotter_set_wake(spotter, (polyspot_model *)spotter, NULL, 0, 6000) < 0, "the model must be a handle");
    CHECK(polyspot_spotter_arm(spotter, 0) == 1);
    CHECK_ERROR(!polyspot_model_text(model, 9, 0), "found 9");
    CHECK_ERROR(!polyspot_model_text(model, POLYSPOT_LABEL, 12), "below the number of labels, 12, found 12");
    CHECK_ERROR(polyspot_model_posteriors(model, samples, 160, NULL, 9) < 0, "values must point to 9 values");
    /* Numbers that are none count as silence. */
    samples[0] = NAN;
    samples[1] = INFINITY;
    CHECK(polyspot_spotter_push(spotter, samples, 161, heard, 2) == 0);
}

/* What does not fit is given by the next call; a detection that was not fetched is forgotten by a reset. */
static void a_short_buffer_loses_nothing(polyspot_spotter *spotter) {
    int16_t *samples = NULL;
    size_t count = 0;
    add_wave(WORD, &samples, &count);
    add_wave("tests/data/keywords/go/en-us.wav", &samples, &count);
    polyspot_detection heard[4];
    CHECK(polyspot_spotter_reset(spotter) == 0);
    CHECK(polyspot_spotter_push_i16(spotter, samples, count, NULL, 0) == 0);
    CHECK(polyspot_spotter_flush(spotter, heard, 1) == 1);
    CHECK(strcmp(heard[0].keyword, "stop") == 0 && strcmp(heard[0].language, "en") == 0);
    CHECK(polyspot_spotter_push(spotter, NULL, 0, heard + 1, 3) == 1);
    CHECK(strcmp(heard[1].keyword, "go") == 0);
    CHECK(polyspot_spotter_push_i16(spotter, samples, count, NULL, 0) == 0);
    CHECK(polyspot_spotter_reset(spotter) == 0);
    CHECK(polyspot_spotter_flush(spotter, heard, 4) == 0);
    free(samples);
}

static void what_was_freed_is_known_to_be(polyspot_model *model, polyspot_spotter *spotter) {
    polyspot_detection heard[2];
    float samples[160] = {0};
    CHECK(polyspot_free(model) == 0);
    CHECK_ERROR(polyspot_free(model) == POLYSPOT_INVALID_ARGUMENT, "freed");
    CHECK_ERROR(!polyspot_model_text(model, POLYSPOT_LANGUAGE, 0), "freed");
    /* The spotter has what it needs of the model. */
    CHECK(polyspot_spotter_push(spotter, samples, 160, heard, 2) == 0);
    CHECK(polyspot_free(spotter) == 0);
    CHECK_ERROR(polyspot_spotter_push(spotter, samples, 160, heard, 2) < 0, "freed");
    CHECK_ERROR(polyspot_spotter_arm(spotter, 1) < 0, "freed");
    CHECK_ERROR(polyspot_free(spotter) < 0, "freed");
}

int main(void) {
    uint32_t abi = 0;
    CHECK(strlen(polyspot_version(&abi)) > 0 && abi == POLYSPOT_ABI);
    CHECK(strcmp(polyspot_version(NULL), polyspot_version(&abi)) == 0);
    CHECK(strcmp(polyspot_error(), "") == 0);
    models_are_refused();
    polyspot_model *model = polyspot_model_built_in("en-GB");
    CHECK(model);
    const polyspot_model *models[] = {model};
    polyspot_spotter *spotter = polyspot_spotter_new(models, 1, 0);
    CHECK(spotter);
    handles_are_checked(model, spotter);
    lengths_and_numbers_are_checked(model, spotter);
    a_short_buffer_loses_nothing(spotter);
    what_was_freed_is_known_to_be(model, spotter);
    puts("misuse ends in words");
    return 0;
}
