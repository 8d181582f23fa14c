"""Find installed modules without importing them.

A broken module must still appear in ``hub list``, next to the reason it is broken. So this room reads files of
distributions only; importing happens in ``hub_core.loading``.
"""

from .changed_files import change_since, differing_files, edited_file
from .data_files import DEMO_FOLDER, SEED_FOLDER, DataDocument, DataFiles, blocks, counted_data, read_data
from .fingerprint import folder_stamp
from .found import Catalog, Finding, FoundDistribution, FoundModule, Reason
from .metadata import GROUP, InstalledDistribution, distribution_folders
from .read import read_catalog
from .reading import Unreadable
from .release_metadata import release_warnings
from .revisions import LONGEST_ID, VERSIONS, Revision, chain_faults, heads_of, read_revisions
from .sealed_file import read_sealed, write_sealed
from .source_scan import SourceFault, source_faults
from .wheel_file import WheelRefused, unpacked

__all__ = [
    "DEMO_FOLDER",
    "GROUP",
    "LONGEST_ID",
    "SEED_FOLDER",
    "VERSIONS",
    "Catalog",
    "DataDocument",
    "DataFiles",
    "Finding",
    "FoundDistribution",
    "FoundModule",
    "InstalledDistribution",
    "Reason",
    "Revision",
    "SourceFault",
    "Unreadable",
    "WheelRefused",
    "blocks",
    "chain_faults",
    "change_since",
    "counted_data",
    "differing_files",
    "distribution_folders",
    "edited_file",
    "folder_stamp",
    "heads_of",
    "read_catalog",
    "read_data",
    "read_revisions",
    "read_sealed",
    "release_warnings",
    "source_faults",
    "unpacked",
    "write_sealed",
]
