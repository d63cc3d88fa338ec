//! Bodies that are OpenMetrics, for readers and for other people's parsers.

/// Bodies that are OpenMetrics.
pub(crate) const GOOD: &[&str] = &[
    "# EOF",
    "# EOF\n",
    "a 1\n# EOF\n",
    "a{} 1\n# EOF\n",
    "a{x=\"1\",y=\"\"} 1 1.5\n# EOF\n",
    "a 1 1767323045.6784\na 2 1767323045.6786\n# EOF\n",
    "a 1 -1.5\na 1 0\na 1 1.5e3\na 1 +2e3\n# EOF\n",
    "a 01\nb 1.\nc .5\nd 1E3\ne +1\nf NaN\ng +inf\nh -Infinity\n# EOF\n",
    "a{x=\"\\\\ \\\" \\n \\y é } { #\"} 1\n# EOF\n",
    "# HELP a \\\\ \\\" \\n \\y\n# TYPE a gauge\n# UNIT a \na 1\n# EOF\n",
    "# HELP a \n# EOF\n",
    "# UNIT a_seconds seconds\n# TYPE a_seconds counter\na_seconds_total 1\na_seconds_created 1.5\n# EOF\n",
    "# TYPE a counter\na_total 1 # {trace=\"x\"} 0.5 1.5\na_total{x=\"1\"} 1 2 # {} 1\n# EOF\n",
    "# TYPE a histogram\na_bucket{le=\"1\"} 1 # {} 0.5\na_bucket{le=\"+Inf\"} 2\na_count 2\na_sum 3.5\na_created 1\n# EOF\n",
    "# TYPE a histogram\na_bucket{le=\"-1\"} 1\na_bucket{le=\"+Inf\"} 2\n# EOF\n",
    "# TYPE a histogram\na_bucket{le=\"+Inf\",x=\"1\"} 2\na_bucket{x=\"2\",le=\"+Inf\"} 2\n# EOF\n",
    "# TYPE a histogram\na_bucket{le=\"+Inf\"} 2 1\na_count 2 1\na_sum 2 1\na_bucket{le=\"+Inf\"} 3 2\na_count 3 2\na_sum 2 2\n# EOF\n",
    "# TYPE a gaugehistogram\na_bucket{le=\"-1\"} 1\na_bucket{le=\"+Inf\"} 2\na_gcount 2\na_gsum -5\n# EOF\n",
    "# TYPE a summary\na{quantile=\"0.5\"} 1\na{quantile=\"1.0\"} NaN\na_count 2\na_sum 3\n# EOF\n",
    "# TYPE a info\na_info{version=\"1\"} 1\na_info{version=\"2\"} 1\n# EOF\n",
    "# TYPE a stateset\na{a=\"on\"} 1\na{a=\"off\"} 0\na{a=\"on\",x=\"1\"} 0\n# EOF\n",
    "# TYPE a unknown\na{x=\"1\"} 1\na{x=\"2\"} 1\n# TYPE a_b gauge\na_b 1\n# EOF\n",
    "a 1 1\na 2 2\na{x=\"1\"} 1 1\n# EOF\n",
];
