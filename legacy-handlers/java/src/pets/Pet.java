package pets;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A pet in the guestbook: one line of the data file.
 *
 * @param id      1 or more, never used twice
 * @param name    1 to 40 characters
 * @param species 1 to 20 characters
 * @param note    up to 200 characters
 * @param fed     how often it was fed
 * @param added   when it came, such as {@code 1999-04-12T08:30:00Z}
 */
public record Pet(int id, String name, String species, String note, int fed, String added) {

    /** The same pet, fed once more. */
    Pet fedAgain() {
        return new Pet(id, name, species, note, fed + 1, added);
    }

    /** A text with every run of white space and control characters made one space: it fits into a field of a line. */
    public static String clean(String text) {
        return text == null ? "" : text.replaceAll("(?U)[\\s\\p{Cntrl}]+", " ").strip();
    }

    /** What is wrong with a new pet, a sentence for each field; empty if nothing is. */
    public static Map<String, String> problems(String name, String species, String note) {
        Map<String, String> problems = new LinkedHashMap<>();
        check(problems, "name", name, 1, 40);
        check(problems, "species", species, 1, 20);
        check(problems, "note", note, 0, 200);
        return problems;
    }

    private static void check(Map<String, String> problems, String field, String text, int least, int most) {
        int length = text.codePointCount(0, text.length());
        if (length < least) {
            problems.put(field, "The " + field + " is missing.");
        } else if (length > most) {
            problems.put(field, "The " + field + " has " + length + " characters, at most " + most + " are allowed.");
        }
    }
}
