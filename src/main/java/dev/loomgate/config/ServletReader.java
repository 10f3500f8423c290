package dev.loomgate.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.loomgate.config.RouteConfig.Kind;
import dev.loomgate.config.RouteConfig.Migration;

/** Reads what belongs to a servlet application. */
final class ServletReader {
    private final RouteRules rules;

    ServletReader(RouteRules rules) {
        this.rules = rules;
    }

    Optional<Kind> read(Section section) {
        Optional<Path> war = section.path("war");
        List<Path> classPath = HandlerReader.classPath(section);
        Optional<String> type = section.text("class");
        Map<String, String> settings = section.mapFromHere("settings");
        Migration migration = section.choice("migrate", Migration.class, Migration.AUTO);
        Optional<Path> cache = section.path("cache");
        boolean reload = section.flag("reload", true);
        boolean background = section.flag("background", false);
        String key = section.has("war") ? "war" : type.isPresent() ? "class" : "class-path";
        if (section.has("war") && section.has("class-path")) {
            section.problem("war", "a route has either a war or a class-path; remove one of the two");
        } else if (section.has("war") && type.isPresent()) {
            section.problem("class", "means nothing beside 'war', which names its servlets itself");
        } else if (!section.has("war") && !section.has("class-path")) {
            section.problem("war", "is missing; a servlet application has one, as in war: shop.war, or else a class-path");
        } else if (section.has("war") ? war.isPresent() : !classPath.isEmpty()) {
            try {
                rules.servlets(war, classPath, type);
            } catch (IllegalArgumentException e) {
                section.problem(key, "found '" + section.text(key).orElse("") + "'; " + e.getMessage());
            }
        }
        return Optional.of(new RouteConfig.Servlet(war, classPath, type, settings, migration, cache, reload, background));
    }
}
