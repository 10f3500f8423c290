package dev.loomgate.portcheck;

/** Text as it may stand in the configuration file. */
final class Yaml {
    private Yaml() {
    }

    /** In quotes if it needs some. */
    static String text(String text) {
        return text.matches("[A-Za-z/][A-Za-z0-9/._*-]*") ? text : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
