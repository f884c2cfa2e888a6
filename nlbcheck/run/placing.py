"""In which Region are the fixes of a report to be made, where a run has relays in several?"""

from __future__ import annotations

from dataclasses import replace

from nlbcheck.model import Finding, Report, Result, RowReport


def in_its_region(report: Report) -> Report:
    """Return the report of one relay with its Region in the command line of every fix."""
    region = report.relays[0].region

    def placed(finding: Finding) -> Finding:
        remedy = finding.remedy
        if remedy is None:
            return finding
        calls = tuple(replace(call, region=call.region or region) for call in remedy.calls)
        return replace(finding, remedy=replace(remedy, calls=calls))

    def row(row: RowReport) -> RowReport:
        cause = placed(row.cause) if row.cause else None
        return replace(row, findings=tuple(map(placed, row.findings)), cause=cause)

    def result(result: Result) -> Result:
        if not result.findings:
            return result
        cause = placed(result.cause) if result.cause else None
        return replace(result, findings=tuple(map(placed, result.findings)), cause=cause)

    return replace(
        report,
        rows=tuple(map(row, report.rows)),
        results=tuple(map(result, report.results)),
        table=tuple(map(placed, report.table)),
    )
