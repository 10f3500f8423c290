package dev.loomgate.gateway.mainprogram;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import dev.loomgate.gateway.GatewaySettings;

/**
 * A Java program, and how it is run. Immutable; start from {@link #of}.
 *
 * @param classPath       jars and directories of classes, at least one
 * @param mainClass       class with the main method; without one, the manifest of a jar says it
 * @param arguments       of the main method
 * @param properties      system properties over those of the server
 * @param passEnvironment names of variables of the server's own environment that the program sees too
 * @param charset         of standard output and error
 * @param isolation       what requests have in common
 * @param gateway         limits and environment
 */
public record ProgramSettings(List<Path> classPath, Optional<String> mainClass, List<String> arguments,
                              Map<String, String> properties, Set<String> passEnvironment, Charset charset, Isolation isolation,
                              GatewaySettings gateway) {
    /** Keeps copies. */
    public ProgramSettings {
        if (classPath.isEmpty()) {
            throw new IllegalArgumentException("a program needs at least one jar or directory of classes");
        }
        classPath = classPath.stream().map(Path::toAbsolutePath).map(Path::normalize).toList();
        arguments = List.copyOf(arguments);
        properties = Map.copyOf(properties);
        passEnvironment = Set.copyOf(passEnvironment);
    }

    /** A program with everything else as usual: the manifest's main class, UTF-8, requests isolated. */
    public static ProgramSettings of(Path... classPath) {
        return new ProgramSettings(List.of(classPath), Optional.empty(), List.of(), Map.of(), Set.of(), StandardCharsets.UTF_8,
                Isolation.REQUEST, GatewaySettings.defaults());
    }

    /** These settings with another main class. */
    public ProgramSettings withMainClass(String name) {
        return new ProgramSettings(classPath, Optional.of(name), arguments, properties, passEnvironment, charset, isolation,
                gateway);
    }

    /** These settings with other arguments. */
    public ProgramSettings withArguments(List<String> others) {
        return new ProgramSettings(classPath, mainClass, others, properties, passEnvironment, charset, isolation, gateway);
    }

    /** These settings with other system properties. */
    public ProgramSettings withProperties(Map<String, String> others) {
        return new ProgramSettings(classPath, mainClass, arguments, others, passEnvironment, charset, isolation, gateway);
    }

    /** These settings with another isolation. */
    public ProgramSettings withIsolation(Isolation other) {
        return new ProgramSettings(classPath, mainClass, arguments, properties, passEnvironment, charset, other, gateway);
    }

    /** These settings with other limits and another environment. */
    public ProgramSettings withGateway(GatewaySettings other) {
        return new ProgramSettings(classPath, mainClass, arguments, properties, passEnvironment, charset, isolation, other);
    }
}
