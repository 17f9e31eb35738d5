// The library from C++: handles that free themselves, several languages, a change between two pushes, another sample rate, threads.

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "check.h"

namespace {

struct Free {
    void operator()(void *handle) const { CHECK(polyspot_free(handle) == 0); }
};
using Model = std::unique_ptr<polyspot_model, Free>;
using Spotter = std::unique_ptr<polyspot_spotter, Free>;

Model model(const char *language) {
    Model model{polyspot_model_built_in(language)};
    CHECK(model);
    return model;
}

Spotter spotter(const std::vector<const polyspot_model *> &models, uint32_t rate) {
    Spotter spotter{polyspot_spotter_new(models.data(), models.size(), rate)};
    CHECK(spotter);
    return spotter;
}

std::vector<float> recording(const char *path) {
    int16_t *samples = nullptr;
    size_t count = 0;
    add_wave(path, &samples, &count);
    std::vector<float> scaled(samples, samples + count);
    std::free(samples);
    for (float &sample : scaled) {
        sample /= 32768.0F;
    }
    return scaled;
}

// Pushes 10 ms at a time, as a microphone does; gives "language:keyword" of each detection.
std::vector<std::string> hear(polyspot_spotter *spotter, const std::vector<float> &samples, size_t piece, bool end) {
    std::vector<std::string> words;
    polyspot_detection heard[4];
    const auto add = [&](ptrdiff_t count) {
        CHECK(count >= 0);
        for (ptrdiff_t i = 0; i < count; i++) {
            CHECK(heard[i].score > 0 && heard[i].score <= 1 && heard[i].start < heard[i].end);
            words.push_back(std::string(heard[i].language) + ":" + heard[i].keyword);
        }
    };
    for (size_t at = 0; at < samples.size(); at += piece) {
        add(polyspot_spotter_push(spotter, &samples[at], std::min(piece, samples.size() - at), heard, 4));
    }
    if (end) {
        add(polyspot_spotter_flush(spotter, heard, 4));
    }
    return words;
}

using Words = std::vector<std::string>;

// Each sample twice: a recording at twice its rate, as a bad microphone has it.
std::vector<float> twice(const std::vector<float> &samples) {
    std::vector<float> doubled;
    for (float sample : samples) {
        doubled.insert(doubled.end(), 2, sample);
    }
    return doubled;
}

}  // namespace

int main() {
    const Model en = model("en"), ar = model("ar"), zh = model("zh");
    const auto stop = recording("tests/data/keywords/stop/en-us.wav");
    const auto front = recording("tests/data/other_languages/ar_front.wav");
    const std::string arabic = std::string("ar:") + "أمام";

    // Several at once hear what each hears alone.
    const auto all = spotter({en.get(), ar.get(), zh.get()}, 16000);
    auto words = hear(all.get(), stop, 160, false);
    for (const auto &word : hear(all.get(), front, 160, true)) {
        words.push_back(word);
    }
    CHECK((words == Words{"en:stop", arabic}));

    // A change of language between two pushes; the threshold is for the model that comes, too, which needs it for this voice.
    const auto changing = spotter({en.get()}, 16000);
    CHECK(polyspot_spotter_set_thresholds(changing.get(), 0.4F) == 0);
    const std::vector<float> silence(16000, 0.0F);
    auto spoken = stop;
    spoken.insert(spoken.end(), silence.begin(), silence.end());
    CHECK((hear(changing.get(), spoken, 160, false) == Words{"en:stop"}));
    const polyspot_model *const next[] = {ar.get()};
    CHECK(polyspot_spotter_swap(changing.get(), next, 1) == 0);
    CHECK((hear(changing.get(), front, 160, true) == Words{arabic}));

    // A threshold that cannot be reached.
    CHECK(polyspot_spotter_set_thresholds(changing.get(), 1.0F) == 0);
    CHECK(hear(changing.get(), front, 160, true).empty());

    // Keywords that wait for a wake word of a model that is none of theirs, or for a button.
    const auto waiting = spotter({zh.get()}, 16000);
    const char *const wakes[] = {"stop"};
    const Words none, mandarin{std::string("zh:") + "语音"};
    CHECK(polyspot_spotter_set_wake(waiting.get(), en.get(), wakes, 1, 6000) == 0);
    auto voice = recording("tests/data/other_languages/zh_voice.wav");
    voice.insert(voice.end(), silence.begin(), silence.end());
    CHECK(hear(waiting.get(), voice, 160, false) == none);
    CHECK(polyspot_spotter_arm(waiting.get(), 0) == 0);
    CHECK(hear(waiting.get(), spoken, 160, false) == none);
    CHECK(polyspot_spotter_arm(waiting.get(), 0) == 1);
    CHECK(hear(waiting.get(), voice, 160, true) == mandarin);
    CHECK(hear(waiting.get(), voice, 160, false) == none);
    CHECK(polyspot_spotter_arm(waiting.get(), 1) == 1);
    CHECK(hear(waiting.get(), voice, 160, true) == mandarin);
    CHECK(polyspot_spotter_set_wake(waiting.get(), nullptr, nullptr, 0, 0) == 0);
    CHECK(polyspot_spotter_arm(waiting.get(), 0) == 1);
    CHECK(hear(waiting.get(), voice, 160, true) == mandarin);

    // Another sample rate, with positions at that rate.
    const auto fast = spotter({en.get()}, 32000);
    polyspot_detection heard[4];
    const auto doubled = twice(stop);
    const ptrdiff_t at_once = polyspot_spotter_push(fast.get(), doubled.data(), doubled.size(), heard, 2);
    CHECK(at_once >= 0 && at_once + polyspot_spotter_flush(fast.get(), heard + at_once, 2) == 1);
    CHECK(std::string(heard[0].keyword) == "stop");
    CHECK(heard[0].end > stop.size() / 2 && heard[0].end <= doubled.size());

    // A model's texts.
    CHECK(std::string(polyspot_model_text(ar.get(), POLYSPOT_LANGUAGE, 0)) == "ar");
    CHECK(std::string(polyspot_model_text(ar.get(), POLYSPOT_MANIFEST, 0)).find("\"version\":1") != std::string::npos);
    CHECK(std::string(polyspot_model_text(en.get(), POLYSPOT_SHA256, 0)).size() == 64);

    // One model in many threads; each thread has its own error text.
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
        threads.emplace_back([&] {
            CHECK(std::string(polyspot_error()).empty());
            CHECK((hear(spotter({en.get()}, 16000).get(), stop, 160, true) == Words{"en:stop"}));
            CHECK(!polyspot_model_built_in("xx"));
        });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    CHECK(std::string(polyspot_error()).empty());
    std::puts("C++ hears what it should");
}
