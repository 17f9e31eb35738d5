/* What every language and processor hears in the recordings of tests/vectors (see its README): detections and posteriors. */

#include <cjson/cJSON.h>
#include <math.h>

#include "check.h"

/* Lengths of the slices that a stream is cut into: detections must not depend on them. */
static const size_t PIECES[] = {160, 1, 4097};
enum { MOST = 64 };

static const cJSON *field(const cJSON *object, const char *name) {
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!found) {
        fprintf(stderr, "vectors.json: expected a field %s\n", name);
        exit(1);
    }
    return found;
}

static const char *string(const cJSON *object, const char *name) {
    const char *text = cJSON_GetStringValue(field(object, name));
    CHECK(text);
    return text;
}

static double number(const cJSON *object, const char *name) { return cJSON_GetNumberValue(field(object, name)); }

static void check_labels(const polyspot_model *model, const cJSON *expected) {
    CHECK(strcmp(polyspot_model_text(model, POLYSPOT_SHA256, 0), string(expected, "sha256")) == 0);
    const cJSON *label = NULL;
    size_t index = 0;
    cJSON_ArrayForEach(label, field(expected, "labels")) {
        const char *found = polyspot_model_text(model, POLYSPOT_LABEL, index);
        CHECK(found && strcmp(found, cJSON_GetStringValue(label)) == 0);
        index++;
    }
    CHECK(index > 0 && !polyspot_model_text(model, POLYSPOT_LABEL, index));
}

static void check_detections(const polyspot_detection *heard, size_t count, const cJSON *expected, double tolerance) {
    CHECK(count == (size_t)cJSON_GetArraySize(expected));
    for (size_t i = 0; i < count; i++) {
        const cJSON *one = cJSON_GetArrayItem(expected, (int)i);
        CHECK(strcmp(heard[i].keyword, string(one, "keyword")) == 0);
        CHECK(strcmp(heard[i].language, string(one, "language")) == 0);
        CHECK(fabs(heard[i].score - number(one, "score")) <= tolerance);
        CHECK(heard[i].start == (uint64_t)number(one, "start") && heard[i].end == (uint64_t)number(one, "end"));
    }
}

static void check_stream(polyspot_spotter *spotter, const int16_t *samples, size_t length, const cJSON *expected,
                         double tolerance) {
    for (size_t p = 0; p < sizeof PIECES / sizeof *PIECES; p++) {
        polyspot_detection heard[MOST];
        size_t count = 0;
        for (size_t at = 0; at < length; at += PIECES[p]) {
            size_t piece = length - at < PIECES[p] ? length - at : PIECES[p];
            ptrdiff_t more = polyspot_spotter_push_i16(spotter, samples + at, piece, heard + count, MOST - count);
            CHECK(more >= 0);
            count += (size_t)more;
        }
        ptrdiff_t last = polyspot_spotter_flush(spotter, heard + count, MOST - count);
        CHECK(last >= 0);
        check_detections(heard, count + (size_t)last, expected, tolerance);
    }
}

/* Returns the largest difference. */
static double check_posteriors(const polyspot_model *model, const float *samples, size_t length, const cJSON *expected,
                               double tolerance) {
    const cJSON *rows = field(expected, "probabilities");
    ptrdiff_t count = polyspot_model_posteriors(model, samples, length, NULL, 0);
    CHECK(count > 0);
    float *values = malloc((size_t)count * sizeof *values);
    CHECK(values && polyspot_model_posteriors(model, samples, length, values, (size_t)count) == count);
    const cJSON *row = NULL, *value = NULL;
    ptrdiff_t at = 0;
    double largest = 0;
    cJSON_ArrayForEach(row, rows) {
        cJSON_ArrayForEach(value, row) {
            CHECK(at < count);
            double difference = fabs(values[at++] - cJSON_GetNumberValue(value));
            CHECK(difference <= tolerance);
            largest = difference > largest ? difference : largest;
        }
    }
    CHECK(at == count);
    free(values);
    return largest;
}

static double check_case(const cJSON *vectors, const cJSON *one, double tolerance) {
    double largest = 0;
    int16_t *samples = NULL;
    size_t length = 0;
    const cJSON *path = NULL, *language = NULL;
    cJSON_ArrayForEach(path, field(one, "audio")) { add_wave(cJSON_GetStringValue(path), &samples, &length); }
    CHECK(length == (size_t)number(one, "samples"));
    float *scaled = malloc(length * sizeof *scaled);
    CHECK(scaled);
    for (size_t i = 0; i < length; i++) {
        scaled[i] = (float)samples[i] / 32768.0f;
    }

    polyspot_model *models[8];
    const polyspot_model *listening[8];
    size_t count = 0;
    cJSON_ArrayForEach(language, field(one, "models")) {
        const cJSON *about = field(field(vectors, "models"), cJSON_GetStringValue(language));
        CHECK(count < 8 && (models[count] = polyspot_model_from_file(string(about, "file"))));
        check_labels(models[count], about);
        const cJSON *expected = cJSON_GetArrayItem(field(one, "posteriors"), (int)count);
        double difference = check_posteriors(models[count], scaled, length, expected, tolerance);
        largest = difference > largest ? difference : largest;
        listening[count] = models[count];
        count++;
    }
    polyspot_spotter *spotter = polyspot_spotter_new(listening, count, 16000);
    CHECK(spotter);
    check_stream(spotter, samples, length, field(one, "detections"), tolerance);
    CHECK(polyspot_free(spotter) == 0);
    while (count > 0) {
        CHECK(polyspot_free(models[--count]) == 0);
    }
    free(scaled);
    free(samples);
    return largest;
}

/* usage: vectors [TOLERANCE], instead of the file's, for a processor that rounds otherwise */
int main(int argument_count, char **arguments) {
    size_t length = 0;
    char *text = read_file("tests/vectors/vectors.json", &length);
    cJSON *vectors = cJSON_Parse(text);
    CHECK(vectors && number(vectors, "format") == 1);
    double tolerance = argument_count > 1 ? atof(arguments[1]) : number(vectors, "tolerance"), largest = 0;
    const cJSON *one = NULL;
    int cases = 0;
    cJSON_ArrayForEach(one, field(vectors, "cases")) {
        double difference = check_case(vectors, one, tolerance);
        largest = difference > largest ? difference : largest;
        cases++;
    }
    CHECK(cases > 0);
    printf("%d test vectors, posteriors within %.1e\n", cases, largest);
    cJSON_Delete(vectors);
    free(text);
    return 0;
}
