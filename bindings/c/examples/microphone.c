/* Hears keywords in a microphone, by ALSA:
 *
 *     gcc microphone.c -o microphone $(pkg-config --cflags --libs polyspot alsa)
 *     ./microphone [DEVICE [LANGUAGE…]]
 *
 * The device is "default" and the language "en" if none is given. */

#include <alsa/asoundlib.h>
#include <polyspot.h>
#include <stdio.h>

enum { RATE = 16000, BLOCK = 160, MOST_LANGUAGES = 8, MOST_HEARD = 8 };

static int fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    return 1;
}

static int listen_to(snd_pcm_t *microphone, polyspot_spotter *spotter) {
    int16_t samples[BLOCK];
    for (;;) {
        snd_pcm_sframes_t got = snd_pcm_readi(microphone, samples, BLOCK);
        if (got < 0) {
            /* Samples were lost: what comes next does not go on from what was heard. */
            if (snd_pcm_recover(microphone, (int)got, 1) < 0) {
                return fail("the microphone", snd_strerror((int)got));
            }
            polyspot_spotter_reset(spotter);
            continue;
        }
        polyspot_detection heard[MOST_HEARD];
        ptrdiff_t count = polyspot_spotter_push_i16(spotter, samples, (size_t)got, heard, MOST_HEARD);
        if (count < 0) {
            return fail("polyspot", polyspot_error());
        }
        for (ptrdiff_t i = 0; i < count; i++) {
            printf("%.2f s  %s (%s, %.2f)\n", (double)heard[i].end / RATE, heard[i].keyword, heard[i].language,
                   heard[i].score);
            fflush(stdout);
        }
    }
}

int main(int count, char **arguments) {
    const char *device = count > 1 ? arguments[1] : "default";
    const polyspot_model *models[MOST_LANGUAGES];
    size_t languages = 0;
    do {
        const char *language = count > 2 ? arguments[2 + languages] : "en";
        models[languages] = polyspot_model_built_in(language);
        if (!models[languages]) {
            return fail(language, polyspot_error());
        }
        languages++;
    } while ((int)languages + 2 < count && languages < MOST_LANGUAGES);
    polyspot_spotter *spotter = polyspot_spotter_new(models, languages, RATE);
    if (!spotter) {
        return fail("polyspot", polyspot_error());
    }

    snd_pcm_t *microphone = NULL;
    int error = snd_pcm_open(&microphone, device, SND_PCM_STREAM_CAPTURE, 0);
    if (error >= 0) {
        /* One channel; ALSA converts the rate, and holds half a second if this program is late. */
        error = snd_pcm_set_params(microphone, SND_PCM_FORMAT_S16, SND_PCM_ACCESS_RW_INTERLEAVED, 1, RATE, 1, 500000);
    }
    if (error < 0) {
        return fail(device, snd_strerror(error));
    }
    return listen_to(microphone, spotter);
}
