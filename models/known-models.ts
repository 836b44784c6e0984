// Public models that people ask for by name: where they come from and under which licence. None of them is shipped or downloaded here.

export type KnownModel = {
  readonly id: string;
  /** For a person: where to get it, or how to export it. */
  readonly source: string;
  readonly licence: string;
  /** Of the very file that was tried here; null: it is exported by whoever wants it, so that every file is another. */
  readonly sha256: string | null;
  /** Taken over when a file is this model; a person's own words win. */
  readonly options: KnownOptions;
};

/** What cannot be read from the file. */
export type KnownOptions = {
  readonly size?: { readonly width: number; readonly height: number };
  /** How an embedder wants its pixels. */
  readonly normalise?: "none" | "imagenet" | "half" | "bytes";
  readonly colour?: "rgb" | "bgr";
};

export const knownModels: readonly KnownModel[] = [
  {
    id: "yolox-nano",
    source: "github.com/Kazuhito00/YOLOX-ONNX-TFLite-Sample at 3d4f1119, model/yolox_nano.onnx",
    licence: "Apache-2.0",
    sha256: "695e750a5d5754bb5a8d5325643b59282191a7e7a564e435a415fd3c578eab14",
    options: {},
  },
  {
    id: "nanodet-m-320",
    source: "github.com/Kazuhito00/NanoDet-ONNX-Sample at 610a874a, model/nanodet_m_320.onnx",
    licence: "Apache-2.0",
    sha256: "88e9fb97a54bb0030127ad323a10f88b4531b6aa82617e7ef79e35ffcc9bb3e1",
    options: {},
  },
  {
    id: "deimv2-atto",
    source: "github.com/msharfeldin1991/deimv2 at 1cc3d2f5, deimv2_atto_coco_int8.onnx",
    licence: "Apache-2.0",
    sha256: "246c44dfd900bc1f416a1873cc6a10a362fc70edc26589fe9901c7c5d07d057b",
    options: {},
  },
  {
    id: "person-reidentification-retail-0288",
    source:
      "Intel Open Model Zoo; github.com/Kazuhito00/MOT-Tracking-by-Detection-Pipeline at e50a76b8, Tracker/person_reid/model",
    licence: "Apache-2.0",
    sha256: "f3966d905e7232026aa8b814c328231a7b45c5b6b4dd32f886894223c4441b80",
    options: { normalise: "bytes", colour: "bgr" },
  },
  {
    id: "megadetector-v5",
    source: "github.com/agentmorris/MegaDetector; export it with the export.py of YOLOv5",
    licence: "see there",
    sha256: null,
    options: { size: { width: 1280, height: 1280 } },
  },
  {
    id: "megadetector-v6",
    source:
      "zenodo.org/records/15398270 (MDV6-…); there is no official ONNX: export it with the tool it was trained with",
    licence: "MIT (mit-…), Apache-2.0 (apa-…) or AGPL-3.0 (the others)",
    sha256: null,
    options: {},
  },
  {
    id: "pyronear-yolo11s",
    source: "huggingface.co/pyronear/yolo11s_rapid-raccoon_v8.1.0, the ONNX file",
    licence: "see there",
    sha256: null,
    options: { size: { width: 1024, height: 1024 } },
  },
  {
    id: "megadescriptor-t-224",
    source: "huggingface.co/BVRA/MegaDescriptor-T-224; export it with torch.onnx",
    licence: "CC-BY-NC-4.0",
    sha256: null,
    options: { normalise: "imagenet" },
  },
  {
    id: "osnet-x0-25",
    source: "github.com/KaiyangZhou/deep-person-reid; export it with torch.onnx",
    licence: "MIT",
    sha256: null,
    options: { normalise: "imagenet", size: { width: 128, height: 256 } },
  },
];
