"""Tables of features made elsewhere: read, recognised by their columns, and asked for a clip's rows by time."""
