package dev.loomgate.files;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;

/**
 * Media types by file name extension, from mime-db: the table that Express, webpack and most of the npm world use, compiled
 * from the registries of IANA, Apache httpd and nginx. Helidon's own table has neither {@code mp4} nor {@code wasm}.
 */
final class MediaTypes {
    private static final String UNKNOWN = "application/octet-stream";

    private final Map<String, String> overrides;
    private final String charset;

    /**
     * @param overrides types by extension in lower case, before those of the table
     * @param charset   parameter for text types that have none; empty for none
     */
    MediaTypes(Map<String, String> overrides, String charset) {
        this.overrides = overrides;
        this.charset = charset;
    }

    /** Value of {@code Content-Type} for a file of this name. */
    String of(String fileName) {
        int dot = fileName.lastIndexOf('.');
        String extension = dot < 0 ? "" : fileName.substring(dot + 1).toLowerCase(Locale.ROOT);
        String type = overrides.get(extension);
        if (type == null) {
            type = Table.BY_EXTENSION.getOrDefault(extension, UNKNOWN);
        }
        return takesCharset(type) ? type + "; charset=" + charset : type;
    }

    private boolean takesCharset(String type) {
        return !charset.isEmpty() && type.startsWith("text/") && !type.toLowerCase(Locale.ROOT).contains("charset=");
    }

    /** The table, read when a type is first asked for. */
    private static final class Table {
        static final Map<String, String> BY_EXTENSION = read();

        private Table() {
        }

        private static Map<String, String> read() {
            var types = new HashMap<String, String>();
            var ranks = new HashMap<String, Integer>();
            try (InputStream in = resource("/META-INF/resources/webjars/mime-db/" + version() + "/db.json");
                 JsonReader reader = Json.createReader(in)) {
                reader.readObject().forEach((type, value) -> {
                    JsonObject entry = value.asJsonObject();
                    int rank = rank(type, entry.getString("source", ""));
                    JsonArray extensions = entry.containsKey("extensions") ? entry.getJsonArray("extensions")
                            : JsonValue.EMPTY_JSON_ARRAY;
                    for (JsonString extension : extensions.getValuesAs(JsonString.class)) {
                        if (rank > ranks.getOrDefault(extension.getString(), -1)) {
                            ranks.put(extension.getString(), rank);
                            types.put(extension.getString(), type);
                        }
                    }
                });
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return Map.copyOf(types);
        }

        /**
         * Ranks the types that claim the same extension, 48 of the 1239: a registered type before a vendor's before an
         * experimental one, then what IANA says before others, then a type that names what is inside before
         * {@code application} (a file {@code x.mp4} is a video).
         */
        private static int rank(String type, String source) {
            String subtype = type.substring(type.indexOf('/') + 1);
            int tree = subtype.startsWith("x-") ? 0 : subtype.startsWith("vnd.") || subtype.startsWith("prs.") ? 100 : 200;
            int authority = switch (source) {
                case "iana" -> 30;
                case "apache" -> 10;
                case "nginx" -> 0;
                default -> 20;
            };
            int family = switch (type.substring(0, type.indexOf('/'))) {
                case "video" -> 3;
                case "audio", "font" -> 2;
                case "application" -> type.equals(UNKNOWN) ? 0 : 1;
                default -> 0;
            };
            return tree + authority + family;
        }

        /** The jar says which version it has, so that the POM is the only place to change it. */
        private static String version() throws IOException {
            var properties = new Properties();
            try (InputStream in = resource("/META-INF/maven/org.webjars.npm/mime-db/pom.properties")) {
                properties.load(in);
            }
            return properties.getProperty("version");
        }

        private static InputStream resource(String name) throws IOException {
            InputStream in = MediaTypes.class.getResourceAsStream(name);
            if (in == null) {
                throw new FileNotFoundException(name + " is not on the class path; add org.webjars.npm:mime-db");
            }
            return in;
        }
    }
}
