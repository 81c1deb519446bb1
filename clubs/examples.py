"""Bodies that the OpenAPI document shows."""

NEW_SCAN = {
    "Rows": {
        "pageType": "manage_members_total",
        "observedAt": "2026-11-23T14:22:05.123Z",
        "complete": False,
        "ocrResult": {
            "rows": [
                {"name": "[TAG] Café", "totalPower": "14,321,191", "confidence": 0.98, "lastSeen": "5h ago"},
                {"name": "Stone", "totalPower": 9876543},
            ]
        },
    },
    "Text": {"ocrResult": {"text": "Manage Members\nSim Power\nStone 14,321,191\nCafé 7,570,063"}},
    "Boxes of an OCR engine": {
        "ocrResult": {
            "boxes": [
                {"text": "Manage Members", "box": [300, 40, 700, 90], "score": 0.99},
                {"text": "Sim Power", "box": [270, 230, 430, 260], "score": 0.99},
                {"text": "14,321,191", "box": [230, 282, 430, 318], "score": 0.98},
                {"text": "Stone", "box": [60, 364, 160, 400], "score": 0.97},
                {"text": "5h ago", "box": [320, 364, 430, 400], "score": 0.97},
                {"text": "Sim Power", "box": [770, 230, 930, 260], "score": 0.99},
                {"text": "7,570,063", "box": [740, 282, 930, 318], "score": 0.98},
                {"text": "Café", "box": [560, 364, 650, 400], "score": 0.97},
                {"text": "Online", "box": [820, 364, 930, 400], "score": 0.97},
            ],
            "width": 1000,
            "height": 1600,
        }
    },
}
