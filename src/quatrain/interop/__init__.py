"""Models to and from other programs' formats: complete, or refused by name."""

from quatrain.interop.families import FAMILIES
from quatrain.interop.huggingface import export_folder, export_hf, import_folder, import_hf
from quatrain.interop.verify import verify_export

__all__ = ["FAMILIES", "export_folder", "export_hf", "import_folder", "import_hf", "verify_export"]
