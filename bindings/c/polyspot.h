/* polyspot: keyword spotting on the device. Made by cbindgen from bindings/c/src: change that, then run bindings/c/tests/run.
 *
 * Texts are in UTF-8 and end with a zero. A call that fails gives NULL or a code below 0 and leaves its reason in polyspot_error().
 * Handles may be used by several threads. A handle that was freed, or is of the other kind, is an error and not a crash; what other
 * pointers point to must be as long as is said beside them. Any number of streams share a model.
 *
 *     const polyspot_model *model = polyspot_model_built_in("en");
 *     polyspot_spotter *spotter = polyspot_spotter_new(&model, 1, 16000);
 *     polyspot_detection heard[8];
 *     ptrdiff_t count = polyspot_spotter_push_i16(spotter, samples, length, heard, 8);
 *     for (ptrdiff_t i = 0; i < count; i++) printf("%s\n", heard[i].keyword);
 */

#ifndef POLYSPOT_H
#define POLYSPOT_H

#include <stddef.h>
#include <stdint.h>

/*
 Number of the binary interface: it changes when a program must be compiled anew, and is the number in the name
 `libpolyspot.so.1`. Compare it with what `polyspot_version` gives.
 */
#define POLYSPOT_ABI 1

/*
 What a call gives when an argument is not what the function says.
 */
#define POLYSPOT_INVALID_ARGUMENT -1

/*
 What a call gives when what it was asked for cannot be done: a model was refused, models cannot listen together.
 */
#define POLYSPOT_FAILED -2

/*
 What a call gives when polyspot has a bug: please report the text.
 */
#define POLYSPOT_PANICKED -3

/*
 For `polyspot_model_text`: the model's manifest as JSON: its labels, front end, thresholds and the evidence behind them.
 */
#define POLYSPOT_MANIFEST 0

/*
 For `polyspot_model_text`: the model's language, a BCP 47 tag.
 */
#define POLYSPOT_LANGUAGE 1

/*
 For `polyspot_model_text`: SHA-256 of the model's file (or of the adapter's), in hexadecimal.
 */
#define POLYSPOT_SHA256 2

/*
 For `polyspot_model_text`: the label of the network's output number `index`.
 */
#define POLYSPOT_LABEL 3

/*
 A model: a language's network and what it says of itself. It never changes; any number of spotters and threads may use it.
 */
typedef struct polyspot_model polyspot_model;

/*
 One stream of audio, listened to by one model or several. Calls from several threads wait for each other.
 */
typedef struct polyspot_spotter polyspot_spotter;

/*
 A keyword heard.
 */
typedef struct {
    /*
     The keyword in UTF-8, as the model writes it. Valid until the spotter is freed.
     */
    const char *keyword;
    /*
     The model's language, a BCP 47 tag. Valid until the spotter is freed.
     */
    const char *language;
    /*
     How sure the model is, in 0..=1.
     */
    float score;
    /*
     First sample of the window of audio that holds the keyword, counted from the start of the stream at the spotter's sample rate.
     */
    uint64_t start;
    /*
     First sample after that window.
     */
    uint64_t end;
} polyspot_detection;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 What the last call that failed in this thread had to say, in UTF-8; empty if none has. It is valid until the next call that fails in
 this thread.
 */
const char *polyspot_error(void);

/*
 Frees a model or a spotter; NULL is nothing to free. A model may be freed while spotters listen with it: they keep what they need.

 Gives 0, or `POLYSPOT_INVALID_ARGUMENT` if the handle was freed before or never was one.
 */
int32_t polyspot_free(void *handle);

/*
 The built-in model of a language, by a BCP 47 tag such as `"en"` or `"zh-Hans"`. NULL if there is none; the error names those there
 are.

 # Safety
 `language` is a C text.
 */
polyspot_model *polyspot_model_built_in(const char *language);

/*
 The model of a file: a model file, or an adapter whose base lies in the same folder. NULL if it is refused.

 # Safety
 `path` is a C text.
 */
polyspot_model *polyspot_model_from_file(const char *path);

/*
 The model of a file's bytes, which may be freed then. With `base` NULL and `base_length` 0 the bytes are a model file's; else they
 are an adapter's, and `base` has the bytes of its base. NULL if they are refused.

 # Safety
 So many bytes may be read at both pointers.
 */
polyspot_model *polyspot_model_from_bytes(const uint8_t *bytes,
                                          size_t length,
                                          const uint8_t *base,
                                          size_t base_length);

/*
 What a model says of itself, in UTF-8, valid until it is freed: `what` is `POLYSPOT_MANIFEST`, `POLYSPOT_LANGUAGE`,
 `POLYSPOT_SHA256` or `POLYSPOT_LABEL`. `index` matters for `POLYSPOT_LABEL` alone: labels are numbered from 0, and behind the last one
 the text is NULL.
 */
const char *polyspot_model_text(const polyspot_model *model,
                                int32_t what,
                                size_t index);

/*
 The posteriors of a whole recording (mono, at the model's own sample rate, full scale ±1): `[steps, labels]`, one row for each step of
 the model, in 0..=1, not smoothed. Writes the first `capacity` numbers to `values`, which may be NULL if `capacity` is 0.

 Gives how many numbers there are in all, steps times labels, or a code below 0.

 # Safety
 `length` samples may be read at `samples`, and `capacity` numbers written at `values`.
 */
ptrdiff_t polyspot_model_posteriors(const polyspot_model *model,
                                    const float *samples,
                                    size_t length,
                                    float *values,
                                    size_t capacity);

/*
 Starts a stream in the languages of `count` models, which hear it at once. `sample_rate_hz` is that of the samples that will be
 pushed, 1000 to 384000; 0 stands for the models' own (16000 for the built-in ones), and others are resampled. NULL if it fails.

 The models may be freed while the spotter lives.

 # Safety
 `count` handles may be read at `models`.
 */
polyspot_spotter *polyspot_spotter_new(const polyspot_model *const *models,
                                       size_t count,
                                       uint32_t sample_rate_hz);

/*
 Takes any number of samples (mono, full scale ±1) and writes the keywords that they complete to `detections`.

 Gives how many were written, or a code below 0. If it is `capacity`, there may be more, which the next call gives first: one with a
 `length` of 0 adds nothing.

 # Safety
 `length` samples may be read at `samples`, and `capacity` detections written at `detections`.
 */
ptrdiff_t polyspot_spotter_push(polyspot_spotter *spotter,
                                const float *samples,
                                size_t length,
                                polyspot_detection *detections,
                                size_t capacity);

/*
 As `polyspot_spotter_push`, of samples in 16 bits, full scale ±32768.

 # Safety
 As `polyspot_spotter_push`.
 */
ptrdiff_t polyspot_spotter_push_i16(polyspot_spotter *spotter,
                                    const int16_t *samples,
                                    size_t length,
                                    polyspot_detection *detections,
                                    size_t capacity);

/*
 Goes on in the languages of other models, between two pushes. No sample is lost or heard twice, and the new models know the last
 2.56 seconds, so that a word that was begun before is heard. If it fails, the models before go on.

 Gives 0, or a code below 0.

 # Safety
 `count` handles may be read at `models`.
 */
int32_t polyspot_spotter_swap(polyspot_spotter *spotter,
                              const polyspot_model *const *models,
                              size_t count);

/*
 Sets every keyword's threshold, in 0..=1, in place of the models' own; of models swapped in later too.

 Gives 0, or a code below 0.
 */
int32_t polyspot_spotter_set_thresholds(polyspot_spotter *spotter, float threshold);

/*
 Lets the spotter's keywords count only if they end in a window of so many milliseconds, 1000 to 3600000, after a word of the model
 `wake`: one of `count` `keywords`, or any of the model if `count` is 0. Wake words are not given as detections. With NULL for `wake`
 nothing but `polyspot_spotter_arm` wakes; with a `window_ms` of 0 all keywords count again, at all times.

 `wake` may be one of the spotter's models, and may be freed while the spotter lives. What wakes stays after `polyspot_spotter_swap`.

 Gives 0, or a code below 0.

 # Safety
 `count` pointers to texts may be read at `keywords`.
 */
int32_t polyspot_spotter_set_wake(polyspot_spotter *spotter,
                                  const polyspot_model *wake,
                                  const char *const *keywords,
                                  size_t count,
                                  uint32_t window_ms);

/*
 Does what a wake word does, unless `now` is 0: somebody has pressed a button.

 Gives 1 if keywords may count now, 0 if they wait for a wake word, or a code below 0.
 */
int32_t polyspot_spotter_arm(polyspot_spotter *spotter, int32_t now);

/*
 Ends the stream, and writes what is left, as `polyspot_spotter_push` does: a word at the very end is still heard. The next sample is
 the first of a new stream.

 # Safety
 `capacity` detections may be written at `detections`.
 */
ptrdiff_t polyspot_spotter_flush(polyspot_spotter *spotter,
                                 polyspot_detection *detections,
                                 size_t capacity);

/*
 Forgets all that was heard, and detections that were not fetched: the next sample is the first of a new stream.

 Gives 0, or a code below 0.
 */
int32_t polyspot_spotter_reset(polyspot_spotter *spotter);

/*
 The library's version, as `"0.1.0"`, valid for ever. Writes the number of its binary interface to `abi`, which may be NULL: a program
 that was compiled for another `POLYSPOT_ABI` must not go on.

 # Safety
 `abi` is NULL or may be written to.
 */
const char *polyspot_version(uint32_t *abi);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* POLYSPOT_H */
