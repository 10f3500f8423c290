included at ${pageContext.request.servletPath}
