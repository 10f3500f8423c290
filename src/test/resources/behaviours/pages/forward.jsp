<jsp:forward page="/echo"/>
