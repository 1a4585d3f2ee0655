"""One walk for all rules: the path language, what conditions see of an element, dispatch."""
