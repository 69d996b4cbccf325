"""The custom resources as frozen structs, and the names and labels that follow from them."""
