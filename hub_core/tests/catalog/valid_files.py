"""What stands in the files of a module where nothing is wrong, and the words of each format: what fuzzing begins with."""

from hub_core.tests.catalog.module_on_disk import HUB_MODULE

VALID = {
    "METADATA": "Metadata-Version: 2.4\nName: ledger\nVersion: 1.0\nSummary: x\nRequires-Python: >=3.11\n"
    "Requires-Dist: other>=1,<2\nRequires-Dist: library[x]; extra == 'more'\nProvides-Extra: more\n\nText\n",
    "entry_points.txt": "[console_scripts]\nx = y:z\n\n[hub.modules]\nledger = hub_ledger:Module [more]\n",
    "RECORD": "hub_ledger/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\nhub_ledger/a.py,,\n",
    HUB_MODULE: 'title = "Ledger"\ntier = "core"\nafter = ["other"]\n\n[[permissions]]\nname = '
    '"ledger.x.read"\ntitle = "X"\n\n[implements]\nother_x = ">=1,<2"\n\n[extension_points]\nledger_x = "1.0"\n',
    "0001.py": '"""First."""\n\nrevision = "a"\ndown_revision = None\nbranch_labels = ("ledger",)\n\n\ndef upgrade(): ...\n',
}
WORDS = {
    "METADATA": "Name:|Version:|Requires-Dist:|Requires-Python:|Summary:|License:|other|Ledger|>=1,<2|===|~=1|==1.*|"
    "; extra == 'x'|; python_version > '3'|[x,y]|(|)| @ file:///x|hub-hookspecs",
    "entry_points.txt": "[hub.modules]|[|]|ledger|other| = |hub_ledger|:|.|Module| [x]|;|#",
    "RECORD": 'hub_ledger/|__init__.py|../|,|sha256=|"|.pth|ledger.pth|0|hub_other/__init__.py',
    HUB_MODULE: 'title|tier|after|implements|extension_points|permissions|menus| = |[|]|{|}|"|\'\'\'|"core"|"other"|'
    "auto_install|true|0x1|inf|1979-05-27|.|other_x|>=1",
    "0001.py": "revision|down_revision|branch_labels| = |'a'|None|(|)|[|]|{|}|,|:|-|1|f''",
}
"""Words of each format, with a bar between."""

DOCUMENT = (
    '[hub]\nport = 1\n\n[modules.billing]\nversion = ">=1,<2"\nenabled = true\n\n[modules.billing.settings]\nx = 1\n'
)
DOCUMENT_WORDS = '[modules.|billing|]|[|version|enabled|settings| = |true|">=1"|{|}|inf|.'
