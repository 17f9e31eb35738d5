// What every language and processor hears in the recordings of tests/vectors, by way of the JVM; and what a caller may do wrong.

import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import org.json.JSONArray
import org.json.JSONObject
import polyspot.Detection
import polyspot.Model
import polyspot.PolyspotException
import polyspot.Spotter

fun check(holds: Boolean, what: () -> String) {
    if (!holds) throw AssertionError(what())
}

fun objects(array: JSONArray) = List(array.length()) { array.getJSONObject(it) }

fun strings(array: JSONArray) = List(array.length()) { array.getString(it) }

/** The samples behind the header of 44 bytes. */
fun recording(paths: List<String>): ShortArray {
    val bytes = paths.map { File(it).readBytes().drop(44) }.flatten().toByteArray()
    val samples = ShortArray(bytes.size / 2)
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(samples)
    return samples
}

fun checkDetections(name: String, heard: List<Detection>, expected: JSONArray, tolerance: Double) {
    check(heard.size == expected.length()) { "$name: expected ${expected.length()} detections, found $heard" }
    for ((found, one) in heard.zip(objects(expected))) {
        val named = found.keyword == one.getString("keyword") && found.language == one.getString("language")
        val placed = found.start == one.getLong("start") && found.end == one.getLong("end")
        val scored = Math.abs(found.score - one.getDouble("score")) <= tolerance
        check(named && placed && scored) { "$name: expected $one, found $found" }
    }
}

fun checkPosteriors(name: String, found: List<FloatArray>, expected: JSONArray, tolerance: Double) {
    check(found.size == expected.length()) { "$name: expected ${expected.length()} steps, found ${found.size}" }
    for ((step, row) in found.withIndex()) {
        for ((label, probability) in row.withIndex()) {
            val difference = Math.abs(probability - expected.getJSONArray(step).getDouble(label))
            check(difference <= tolerance) { "$name: step $step, label $label is $difference off" }
        }
    }
}

fun checkCase(vectors: JSONObject, case: JSONObject) {
    val name = case.getString("name")
    val tolerance = vectors.getDouble("tolerance")
    val samples = recording(strings(case.getJSONArray("audio")))
    val floats = FloatArray(samples.size) { samples[it] / 32768f }
    val models = strings(case.getJSONArray("models")).mapIndexed { index, language ->
        val about = vectors.getJSONObject("models").getJSONObject(language)
        val model = Model.fromBytes(File(about.getString("file")).readBytes())
        check(model.sha256 == about.getString("sha256")) { "$name: another model" }
        check(model.labels == strings(about.getJSONArray("labels"))) { "$name: labels ${model.labels}" }
        val expected = case.getJSONArray("posteriors").getJSONObject(index).getJSONArray("probabilities")
        checkPosteriors(name, model.posteriors(floats), expected, tolerance)
        model
    }
    Spotter(models, 16_000).use { spotter ->
        models.forEach { it.close() }
        for (piece in listOf(160, 4_097)) {
            val heard = ArrayList<Detection>()
            for (at in 0 until samples.size step piece) {
                val length = Math.min(piece, samples.size - at)
                val words = if (piece == 160) spotter.push(samples, at, length) else spotter.push(floats, at, length)
                heard.addAll(words)
            }
            heard.addAll(spotter.flush())
            checkDetections(name, heard, case.getJSONArray("detections"), tolerance)
        }
    }
}

fun checkRefused(words: String, call: () -> Any) {
    val said = try {
        call()
        "nothing"
    } catch (error: RuntimeException) {
        error.message ?: ""
    }
    check(said.contains(words)) { "expected an error with $words, found $said" }
}

fun main() {
    val vectors = JSONObject(File("tests/vectors/vectors.json").readText())
    val cases = objects(vectors.getJSONArray("cases"))
    check(!cases.isEmpty()) { "there are no vectors" }
    cases.forEach { checkCase(vectors, it) }

    checkRefused("no model for the language") { Model.builtIn("xx") }
    checkRefused("cannot be read") { Model.fromFile("no/such.onnx") }
    checkRefused("the model's bytes") { Model.fromBytes(ByteArray(9)) }
    checkRefused("at least 1") { Spotter(emptyList()) }
    val model = Model.builtIn("en")
    val spotter = Spotter(listOf(model))
    checkRefused("must lie within") { spotter.push(ShortArray(9), 8, 2) }
    checkRefused("threshold must be in") { spotter.setThresholds(2f) }
    spotter.swap(listOf(model))
    spotter.reset()
    model.close()
    model.close()
    checkRefused("the model must be a handle of one") { model.language }
    spotter.close()
    checkRefused("the spotter must be a handle of one") { spotter.push(ShortArray(9)) }
    println("${cases.size} test vectors heard from Kotlin")
}
