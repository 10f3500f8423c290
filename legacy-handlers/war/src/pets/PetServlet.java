package pets;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

/** The pet community as a servlet, as it was done in 2005: a container parses forms, HTML is still printed by hand. */
public class PetServlet extends HttpServlet {
    private static final int MOST_SHOWN = 50;
    private static final String[][] SITES = {
        {"/cgi-bin/pet.pl", "Perl"}, {"/cgi-bin/pet.py", "Python"}, {"/php/pet.php", "PHP"}, {"/cgi-bin/pet-java.cgi", "Java main"},
        {"/cgi-bin/pet", "Java main, hosted"}, {"/pets", "Java Handler"}, {"/pet-servlet/", "Servlet"}, {"/api/pets", "REST"},
        {"/cgi-bin/status.sh", "Status"}};

    private transient PetFile pets;

    @Override
    public void init() {
        String data = getServletContext().getInitParameter("pets.data");
        pets = new PetFile(Path.of(data));
        log("pets are in " + data);
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/html; charset=utf-8");
        printPage(response.getWriter(), script(request), pets.read().pets(), request, List.of());
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String name = Pet.clean(request.getParameter("name"));
        String species = Pet.clean(request.getParameter("species"));
        String note = Pet.clean(request.getParameter("note"));
        boolean feeding = "feed".equals(request.getParameter("action"));
        Collection<String> problems = feeding ? List.of() : Pet.problems(name, species, note).values();
        int id = 0;
        if (feeding) {
            id = pets.feed(number(request.getParameter("id"))).map(Pet::id).orElse(0);
            problems = id > 0 ? List.of() : List.of("There is no such pet.");
        } else if (problems.isEmpty()) {
            id = pets.add(name, species, note).id();
        }
        if (problems.isEmpty()) {
            // sendRedirect would say 302
            response.setStatus(HttpServletResponse.SC_SEE_OTHER);
            response.setHeader("Location", script(request) + "#pet-" + id);
        } else {
            response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
            response.setContentType("text/html; charset=utf-8");
            printPage(response.getWriter(), script(request), pets.read().pets(), request, problems);
        }
    }

    private static String script(HttpServletRequest request) {
        return request.getContextPath() + "/";
    }

    private static int number(String text) {
        return text != null && text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
    }

    private static void printPage(PrintWriter out, String script, List<Pet> pets, HttpServletRequest form,
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
        out.println("<p>Served by <strong>PetServlet</strong>, a <code>javax.servlet</code> of 2005 in a WAR.</p>");
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

    private static void printForm(PrintWriter out, String script, HttpServletRequest form, Collection<String> problems) {
        out.println("<form class=\"add\" method=\"post\" action=\"" + escape(script) + "\">");
        for (String problem : problems) {
            out.println("<p class=\"problem\" role=\"alert\">" + escape(problem) + "</p>");
        }
        out.println("<input type=\"hidden\" name=\"action\" value=\"add\">");
        out.println("<label>Name <input name=\"name\" required maxlength=\"40\" autocomplete=\"off\" value=\""
                + escape(form.getParameter("name")) + "\"></label>");
        out.println("<label>Species <input name=\"species\" required maxlength=\"20\" autocomplete=\"off\" value=\""
                + escape(form.getParameter("species")) + "\"></label>");
        out.println("<label class=\"wide\">Note <input name=\"note\" maxlength=\"200\" autocomplete=\"off\" value=\""
                + escape(form.getParameter("note")) + "\"></label>");
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
