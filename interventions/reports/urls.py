from django.urls import path

from interventions.reports.file import ReportFile
from interventions.reports.pages import reports
from interventions.reports.sections import SECTIONS

app_name = "reports"
urlpatterns = [
    path("", reports, name="page"),
    path("export/", ReportFile.as_view(), name="export"),
    *(
        path(f"{section.key}/export/", ReportFile.as_view(section=section), name=f"{section.key}-export")
        for section in SECTIONS
    ),
]
