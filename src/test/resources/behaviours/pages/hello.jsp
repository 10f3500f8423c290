<%@ page contentType="text/html; charset=UTF-8" import="java.util.List" %>
<%! private int twice(int n) { return 2 * n; } %>
<ul>
<% for (String name : List.of("ä", "b")) { %><li><%= name %></li><% } %>
</ul>
<p>${2 + 3} ${param.name} <%= twice(21) %> <%= request.getMethod() %></p>
<jsp:include page="part.jsp"/>
