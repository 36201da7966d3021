"""The report: a folder of plain files that opens in a browser, from disk or from a server, without the network."""
