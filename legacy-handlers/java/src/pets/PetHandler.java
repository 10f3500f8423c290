package pets;

import dev.loomgate.handler.*;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The pet community in plain Java: forms, HTML and escaping by hand, as it was done in 1999. */
public class PetHandler implements Handler {
    private static final int MOST_BYTES = 64 * 1024;
    private static final int MOST_SHOWN = 50;
    private static final String[][] SITES = {
        {"/cgi-bin/pet.pl", "Perl"}, {"/cgi-bin/pet.py", "Python"}, {"/php/pet.php", "PHP"}, {"/cgi-bin/pet-java.cgi", "Java main"},
        {"/cgi-bin/pet", "Java main, hosted"}, {"/pets", "Java Handler"}, {"/pet-servlet/", "Servlet"}, {"/api/pets", "REST"},
        {"/cgi-bin/status.sh", "Status"}};

    private PetFile pets;

    @Override
    public void init(Map<String, String> settings) {
        pets = new PetFile(Path.of(settings.getOrDefault("data", "../data")));
    }

    @Override
    public void handle(Request request, Response response) throws IOException {
        PrintWriter out = response.out();
        String script = request.variable("SCRIPT_NAME");
        String method = request.variable("REQUEST_METHOD");
        if (method.equals("GET") || method.equals("HEAD")) {
            response.contentType("text/html; charset=utf-8");
            printPage(out, script, pets.read().pets(), Map.of(), List.of());
        } else if (!method.equals("POST")) {
            response.status(405).header("Allow", "GET, HEAD, POST").contentType("text/plain");
            out.println("Look with GET, add and feed with POST.");
        } else {
            Map<String, String> form = readForm(request.body(), request.variable("CONTENT_LENGTH"));
            String name = Pet.clean(form.get("name"));
            String species = Pet.clean(form.get("species"));
            String note = Pet.clean(form.get("note"));
            boolean feeding = "feed".equals(form.get("action"));
            Collection<String> problems = feeding ? List.of() : Pet.problems(name, species, note).values();
            int id = 0;
            if (feeding) {
                id = pets.feed(number(form.get("id"))).map(Pet::id).orElse(0);
                problems = id > 0 ? List.of() : List.of("There is no such pet.");
            } else if (problems.isEmpty()) {
                id = pets.add(name, species, note).id();
            }
            if (problems.isEmpty()) {
                response.redirect(303, script + "#pet-" + id);
            } else {
                response.status(400).contentType("text/html; charset=utf-8");
                printPage(out, script, pets.read().pets(), form, problems);
            }
        }
    }

    private static int number(String text) {
        return text != null && text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
    }

    private static Map<String, String> readForm(InputStream in, String contentLength) throws IOException {
        int length = contentLength == null || contentLength.isEmpty() ? 0 : Integer.parseInt(contentLength);
        // what is longer can't be right: its field is found too long below
        String text = new String(in.readNBytes(Math.min(length, MOST_BYTES)), StandardCharsets.ISO_8859_1);
        Map<String, String> form = new HashMap<>();
        for (String pair : text.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                form.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
            }
        }
        return form;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    private static void printPage(PrintWriter out, String script, List<Pet> pets, Map<String, String> form,
                                  Collection<String> problems) {
        out.println("<!DOCTYPE html>");
        out.println("<html lang=\"en\">");
        out.println("<head>");
        out.println("<meta charset=\"utf-8\">");
        out.println("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        out.println("<title>Pet community</title>");
        out.println("<link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">");
        out.println("<link rel=\"stylesheet\" href=\"/style.css\">");
        out.println("</head>");
        out.println("<body>");
        out.println("<header>");
        out.println("<a class=\"home\" href=\"/\">Loomgate</a>");
        out.println("<h1>Pet community</h1>");
        out.println("<p>Served by <strong>PetHandler</strong>, PetCgi ported to a <code>Handler</code>.</p>");
        out.println("<nav>");
        for (String[] site : SITES) {
            String current = site[0].equals(script) ? " aria-current=\"page\"" : "";
            out.println("<a href=\"" + site[0] + "\"" + current + ">" + site[1] + "</a>");
        }
        out.println("</nav>");
        out.println("</header>");
        out.println("<main>");
        printForm(out, script, form, problems);
        out.println("<h2>" + pets.size() + " pets</h2>");
        out.println("<ul class=\"pets\">");
        for (int i = pets.size() - 1; i >= Math.max(0, pets.size() - MOST_SHOWN); i--) {
            printPet(out, script, pets.get(i));
        }
        out.println("</ul>");
        if (pets.size() > MOST_SHOWN) {
            out.println("<p>These are the newest " + MOST_SHOWN + ".</p>");
        }
        out.println("</main>");
        out.println("</body>");
        out.println("</html>");
    }

    private static void printForm(PrintWriter out, String script, Map<String, String> form, Collection<String> problems) {
        out.println("<form class=\"add\" method=\"post\" action=\"" + escape(script) + "\">");
        for (String problem : problems) {
            out.println("<p class=\"problem\" role=\"alert\">" + escape(problem) + "</p>");
        }
        out.println("<input type=\"hidden\" name=\"action\" value=\"add\">");
        out.println("<label>Name <input name=\"name\" required maxlength=\"40\" autocomplete=\"off\" value=\""
                + escape(form.get("name")) + "\"></label>");
        out.println("<label>Species <input name=\"species\" required maxlength=\"20\" autocomplete=\"off\" value=\""
                + escape(form.get("species")) + "\"></label>");
        out.println("<label class=\"wide\">Note <input name=\"note\" maxlength=\"200\" autocomplete=\"off\" value=\""
                + escape(form.get("note")) + "\"></label>");
        out.println("<button>Add pet</button>");
        out.println("</form>");
    }

    private static void printPet(PrintWriter out, String script, Pet pet) {
        out.println("<li id=\"pet-" + pet.id() + "\">");
        out.println("<h3>" + escape(pet.name()) + " <small>" + escape(pet.species()) + "</small></h3>");
        out.println("<p>" + escape(pet.note()) + "</p>");
        out.println("<form method=\"post\" action=\"" + escape(script) + "\">");
        out.println("<input type=\"hidden\" name=\"action\" value=\"feed\">");
        out.println("<input type=\"hidden\" name=\"id\" value=\"" + pet.id() + "\">");
        out.println("<button aria-label=\"Feed " + escape(pet.name()) + "\">Feed</button> <span>fed " + pet.fed()
                + (pet.fed() == 1 ? " time" : " times") + ", here since " + escape(pet.added().split("T")[0]) + "</span>");
        out.println("</form>");
        out.println("</li>");
    }

    private static String escape(String text) {
        return text == null ? "" : text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                .replace("\"", "&quot;").replace("'", "&#39;");
    }
}
