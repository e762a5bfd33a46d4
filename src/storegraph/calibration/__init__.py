"""Where cameras are and how they see, found out from what they see: boards, markers, people.

`intrinsics` is about one camera and a board that is shown to it. `markers` and `people` say where all cameras are; both
end in one adjustment of everything at once, `bundle`. `survey` is what somebody measured in the store, `report` and
`rewriting` are what comes of it.
"""
