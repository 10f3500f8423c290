package dev.loomgate.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the word that was meant. */
final class Spelling {
    private Spelling() {
    }

    /** The allowed word that is nearest to the one found, if it is near enough to be meant. */
    static Optional<String> nearest(String found, Collection<String> allowed) {
        String word = normal(found);
        int near = Math.max(1, word.length() / 3);
        return allowed.stream()
                .filter(candidate -> distance(word, normal(candidate)) <= near)
                .min(Comparator.comparing(candidate -> distance(word, normal(candidate))));
    }

    /** {@code did you mean 'x'? allowed: ...}, the question only if something is near. */
    static String hint(String found, Collection<String> allowed) {
        return nearest(found, allowed).map(word -> "did you mean '" + word + "'? ").orElse("")
                + "allowed: " + String.join(", ", allowed);
    }

    private static String normal(String word) {
        return word.toLowerCase(Locale.ROOT).replace('_', '-').replace("-", "");
    }

    /** Number of letters to insert, remove, replace or swap with the next (optimal string alignment). */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                d[i][j] = Math.min(replaced, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
